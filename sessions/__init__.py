"""For how long is somebody signed in? Session rows, the JWT, refresh, keys, revocation, API."""
