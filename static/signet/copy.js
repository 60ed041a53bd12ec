/* Puts a button after each text that has `data-copy`, its label for those who do not see it.
   Without this script, or where the browser refuses, one click selects the whole text. */
"use strict";

const SHOWN = 2000; // milliseconds that a button says what it did
const template = document.getElementById("copy-button");
const status = document.getElementById("copied");

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    return false;
  }
}

async function copy(text, button, label) {
  const isDone = await copied(text);
  status.textContent = isDone ? status.dataset.done : status.dataset.failed;
  button.textContent = isDone ? status.dataset.done : label;
  setTimeout(() => {
    status.textContent = "";
    button.textContent = label;
  }, SHOWN);
}

function offer(text) {
  const button = template.content.firstElementChild.cloneNode(true);
  const label = button.textContent;
  button.setAttribute("aria-label", text.dataset.copy);
  button.addEventListener("click", () => copy(text, button, label));
  text.after(button);
}

if (navigator.clipboard) {
  document.querySelectorAll("[data-copy]").forEach(offer);
}
