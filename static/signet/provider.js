/* Comforts of the pages of providers and apps in the admin, which work without them: a button that
   copies, redirect URIs that follow what is typed, and a look at the address bar. */
"use strict";

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
    } catch {
      button.textContent = button.dataset.failed;
    }
  });
}

const slug = document.getElementById("id_slug");
const redirectUri = document.querySelector("textarea[data-pattern]");
if (slug && redirectUri) {
  slug.addEventListener("input", () => {
    const pattern = redirectUri.dataset.pattern;
    redirectUri.value = pattern.replace("SLUG", () => slug.value.trim());
  });
}

/* Redirect URIs of a new app follow its address, until somebody writes others. */
const redirectUris = document.querySelector("textarea[data-templates]");
if (redirectUris) {
  const address = document.getElementById("id_launch_url");
  const label = document.getElementById("id_label");
  const templates = redirectUris.dataset.templates.split("\n");
  let filledIn = redirectUris.value;
  const fillIn = () => {
    const app = address.value.trim().replace(/\/+$/, "");
    const isReady = /^https?:\/\/./.test(app) || !templates.some((template) => template.includes("{app}"));
    if (redirectUris.value !== filledIn || !isReady) return;
    const texts = { app, name: label ? encodeURIComponent(label.value.trim()) : "" };
    const filled = templates.map((each) => each.replace(/\{(app|name)\}/g, (_, key) => texts[key]));
    filledIn = redirectUris.value = [...new Set(filled)].join("\n");
  };
  for (const field of [address, label]) field?.addEventListener("input", fillIn);
  if (!redirectUris.value) fillIn();
}

/* Where they don't, address and name of a new app follow its redirect URI. */
const suggesting = document.querySelector("textarea[data-suggests]");
if (suggesting) {
  const address = document.getElementById("id_launch_url");
  const name = document.getElementById("id_name");
  const filledIn = new Map([
    [address, ""],
    [name, ""],
  ]);
  const fillIn = (field, text) => {
    if (field.value === filledIn.get(field)) filledIn.set(field, (field.value = text));
  };
  suggesting.addEventListener("input", () => {
    const uri = suggesting.value.trim().split(/\s/)[0];
    if (!/^https?:/.test(uri) || !URL.canParse(uri)) return;
    const { origin, hostname } = new URL(uri);
    fillIn(address, `${origin}/`);
    const label = /^[a-z][^.]*(?=\.)/.exec(hostname);
    if (label) fillIn(name, label[0][0].toUpperCase() + label[0].slice(1));
  });
}

if (matchMedia("(min-width: 1024px)").matches) {
  for (const group of document.querySelectorAll("[data-open-if-wide]")) group.open = true;
}

for (const warning of document.querySelectorAll("[data-base-url]")) {
  if (warning.dataset.baseUrl !== location.origin) {
    warning.querySelector(".other-address").textContent = location.origin;
    warning.hidden = false;
  }
}

/* Beside the form the guide stays in sight while the cursor is put into the first field. Above it,
   it would be scrolled away before it was read. */
const addsOne = document.querySelector("#django-admin-form-add-constants[data-model-name]");
if (addsOne && !document.querySelector(".errornote")) {
  addEventListener("load", () => {
    if (matchMedia("(max-width: 1023px)").matches) {
      document.activeElement.blur();
      scrollTo(0, 0);
    }
  });
}
