// After the snippet for Express: pages that tell what the app knows.

app.get("/", (request, response) => response.send("home"));

app.get("/refresh", oidc.requiresAuth(), async (request, response) => {
  await request.oidc.accessToken.refresh();
  response.json([request.oidc.idTokenClaims, await request.oidc.fetchUserInfo()]);
});

app.use((error, request, response, next) => {
  response.status(error.status ?? 500).send(error.error ?? String(error));
});

app.listen(process.env.PORT, "127.0.0.1");
