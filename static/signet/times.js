/* Shows times in the reader's time zone and language. Where no script runs, they stay in UTC. */
"use strict";

const page = document.documentElement.lang || "en";
// The reader's variant of the page's language: British readers get British dates.
const language = navigator.languages.find(each => each.split("-")[0] === page.split("-")[0]) || page;
// As the admin and `minute` in web/shown.py write a time
const STAMP = /\b(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) UTC\b/;
const KEPT = "time, code, pre, kbd, samp, script, style, textarea, option";
const DAY = { year: "numeric", month: "long", day: "numeric" };
const SHORT_DAY = { ...DAY, month: "short" }; // in tables, whose columns are narrow

function format(text, day) {
  const parts = (text.match(/\d\d(?::\d\d)+/) || [""])[0].split(":").length;
  const clock = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  const options = parts === 1 ? day : { ...day, ...clock };
  return new Intl.DateTimeFormat(language, parts === 3 ? { ...options, second: "2-digit" } : options);
}

function show(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) {
    return;
  }
  const inUtc = time.textContent.trim();
  time.textContent = format(inUtc, time.closest("table") ? SHORT_DAY : DAY).format(at);
  time.title = inUtc;
}

function mark(text) {
  for (let match = text.data.match(STAMP); match; match = text.data.match(STAMP)) {
    const stamp = text.splitText(match.index);
    text = stamp.splitText(match[0].length);
    const time = document.createElement("time");
    time.dateTime = `${match[1]}T${match[2]}Z`;
    stamp.replaceWith(time);
    time.append(stamp);
  }
}

const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const texts = [];
while (walker.nextNode()) {
  const text = walker.currentNode;
  if (STAMP.test(text.data) && !text.parentElement.closest(KEPT)) {
    texts.push(text);
  }
}
texts.forEach(mark);
// A day alone is the same day everywhere.
document.querySelectorAll('time[datetime*="T"]').forEach(show);
