/* Comforts of a provider's page in the admin, which works without them: a button that copies, a
   redirect URI that follows the slug, and a look at the address bar. */
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
