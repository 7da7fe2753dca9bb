// What pages do beyond what works without a script: they keep the session, hear alerts, fill in names, take keys, read files.
"use strict";

const body = document.body, $ = (id) => document.getElementById(id);
const RENEW_EVERY = 240_000, WARN_BEFORE = 600_000, KEYS_WITHIN = 1_200, GATHER = 150, NAMES_AT_ONCE = 40, KNOWN_FOR = 300_000;

/* The session: renewed while the page is looked at, and said aloud before it ends. */
async function renew() {
  if (document.hidden || !body.dataset.account) return;
  const answer = await fetch("/sign-in/renew").catch(() => null);
  if (answer && answer.status === 401) $("timeout").hidden = false;
}
function warn() {
  const ends = Number(body.dataset.ends) * 1000;
  if (ends && Date.now() > ends - WARN_BEFORE) $("timeout").hidden = false;
}
setInterval(renew, RENEW_EVERY);
setInterval(warn, 15_000);
document.addEventListener("visibilitychange", renew);
warn();

/* What was typed is not lost by leaving by mistake. */
let typed = false;
document.addEventListener("input", (event) => { typed ||= Boolean(event.target.closest("form.sheet")); });
document.addEventListener("submit", (event) => {
  if (event.target.method !== "dialog") typed = false;
});
window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

/* Names: asked from the room that keeps them, in one request, with the reader's own session. Each name that is opened is
   written down there, so a list that is drawn anew asks only for those that were not asked for a short while ago. */
const known = new Map();
setInterval(() => known.clear(), KNOWN_FOR);
const places = () => ["case", "report", "referral"].flatMap((kind) =>
  [...document.querySelectorAll(`[data-${kind}]`)].map((place) => [`${kind}=${place.dataset[kind]}`, place]));
function call() {
  for (const [record, place] of places()) {
    const name = known.get(record);
    if (name && place.textContent !== name) Object.assign(place, { textContent: name, title: record.split("=")[1] });
  }
}
async function names() {
  call();
  const asked = [...new Set(places().map(([record]) => record))].filter((record) => !known.has(record));
  asked.forEach((record) => known.set(record, ""));
  for (let from = 0; from < asked.length; from += NAMES_AT_ONCE) {
    const answer = await fetch(`/intake/v1/names?${asked.slice(from, from + NAMES_AT_ONCE).join("&")}`).catch(() => null);
    if (!answer?.ok) return asked.slice(from).forEach((record) => known.delete(record));
    for (const { kind, record, name } of (await answer.json()).items) known.set(`${kind}=${record}`, name);
    call();
  }
}

/* Lists that are drawn anew keep their place: the page is asked again and only what differs is changed. */
const lists = () => document.querySelectorAll("[data-live]");
let gathering = 0;
function refresh() {
  // What comes meanwhile is told by the same look and never puts it off: a desk that never rests would see nothing.
  gathering ||= setTimeout(() => {
    gathering = 0;
    lists().forEach((list) => htmx.trigger(list, "refresh"));
  }, GATHER);
}
function count() {
  const list = document.querySelector("[data-count]");
  if (!list) return;
  const number = Number(list.dataset.count), bare = document.title.replace(/^\(\d+\) /, "");
  document.title = number ? `(${number}) ${bare}` : bare;
  const told = list.dataset.told;
  if ($("told").textContent !== told) $("told").textContent = told;
}
// Only then: the title of what came is put in its place after the swap.
document.addEventListener("htmx:finally:swap", () => { count(); names(); focusKept(); });
document.addEventListener("htmx:error", () => { $("trouble").hidden = false; });
document.addEventListener("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  $("trouble").hidden = status < 400;
  // Whoever is no longer signed in was led there: the whole page goes, not its list.
  if (status === 401 || raw.redirected && /^\/(sign-in|id)/.test(new URL(raw.url).pathname)) {
    event.preventDefault();
    location.assign(`/sign-in/renew?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

/* One stream for all tabs of a browser: the tab that holds the lock listens, and tells the others. */
const others = "BroadcastChannel" in window ? new BroadcastChannel("spis-alerts") : null;
others?.addEventListener("message", refresh);
function listen(from) {
  let last = from;
  const open = () => {
    const stream = new EventSource(`/notifications/v1/alerts/stream?after=${last}`);
    stream.addEventListener("alert", (event) => {
      last = event.lastEventId;
      others?.postMessage(last);
      refresh();
    });
    stream.onerror = () => {
      // A browser returns by itself while the stream ends in order; a refusal closes it, and a new token opens it.
      if (stream.readyState === EventSource.CLOSED) renew().finally(() => setTimeout(open, 3_000));
    };
  };
  open();
  return new Promise(() => {});
}
const hears = document.querySelector("[data-frame]");
if (hears) {
  const from = hears.dataset.frame;
  if (navigator.locks) navigator.locks.request("spis-alerts", () => listen(from));
  else listen(from);
}

/* A journey: each room tells its own hops, and they are put in the order in which they happened. */
async function journey(table) {
  const hops = [...table.tBodies[0].rows].filter((row) => row.dataset.at);
  const { journey: of, rooms, room: own } = table.dataset;
  for (const room of rooms.split(" ").filter((each) => each !== own)) {
    const answer = await fetch(`/${room}/journey?of=${encodeURIComponent(of)}`).catch(() => null);
    if (!answer?.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    hops.push(...page.querySelectorAll("[data-journey] tr[data-at]"));
  }
  if (!hops.length) return;
  hops.sort((one, other) => one.dataset.at.localeCompare(other.dataset.at));
  const begun = new Date(hops[0].dataset.at);
  // Not every browser writes numbers in Bosnian: the page says how.
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, table.dataset.thousands);
  const milliseconds = (at) => `${grouped(Math.round(new Date(at) - begun))} ms`;
  for (const row of hops) {
    row.cells[3].textContent = milliseconds(row.dataset.at);
    if (row.dataset.published) row.cells[4].textContent = milliseconds(row.dataset.published);
  }
  table.tBodies[0].replaceChildren(...hops);
}
document.querySelectorAll("[data-journey]").forEach(journey);

/* Keys: j and k walk, a acts, ? explains; g and a letter goes somewhere. */
const rows = () => [...document.querySelectorAll(".rows > li[tabindex]")];
let at = "", began = 0, first = "";
function walk(step) {
  const all = rows(), now = all.indexOf(document.activeElement);
  const next = all[Math.max(0, Math.min(all.length - 1, now + step))];
  next?.focus();
}
function focusKept() {
  if (!at || document.activeElement !== body) return;
  (document.getElementById(at) ?? rows()[0])?.focus();
}
document.addEventListener("focusin", (event) => { at = event.target.closest(".rows > li[tabindex]")?.id ?? ""; });
function act(name) {
  const row = document.activeElement.closest?.(".rows > li[tabindex]") ?? rows()[0];
  const does = row?.querySelector(`[data-act="${name}"]`);
  if (!does) return;
  const all = rows(), next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  does.click();
  if (next && does.tagName === "BUTTON") next.focus();
}
const KEYS = {
  j: () => walk(1), k: () => walk(-1), a: () => act("a"), o: () => act("o"), Enter: null,
  "?": () => $("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (first && Date.now() - began < KEYS_WITHIN) {
    const place = document.querySelector(`[data-keys="${first} ${event.key}"]`);
    first = "";
    if (place) { event.preventDefault(); place.click(); return; }
  }
  if (event.key === "g") { first = "g"; began = Date.now(); return; }
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});

/* A table: read from a file into its text, told when it is too long to be sent, and taken in part after part. */
const file = document.querySelector("input[data-into]");
if (file) {
  const told = $("table-told"), text = $(file.dataset.into), fits = (size) => size <= Number(told.dataset.characters);
  file.closest(".field").hidden = false;
  // The same file, corrected, is chosen anew.
  file.addEventListener("click", () => { file.value = ""; });
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    try {
      text.value = new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
      told.textContent = fits(text.value.length) ? "" : told.dataset.long;
    } catch {
      told.textContent = file.dataset.unreadable;
    }
  });
  text.form.addEventListener("submit", (event) => {
    if (fits(text.value.length)) return;
    event.preventDefault();
    told.textContent = told.dataset.long;
  });
}
const goesOn = document.querySelector("form[data-goes-on]");
if (goesOn) setTimeout(() => goesOn.requestSubmit(), Number(goesOn.dataset.goesOn) * 1000);

$("faults")?.focus();
count();
names();
