// Keeps the page working without a network. Scans are kept by whoever reads them.
const CACHE = "halfband-__VERSION__";
const FILES = __FILES__;
/** Not every visit wants these: they are kept once they were asked for. */
const LATER = __LATER__.map((name) => new URL(name, self.location).href);

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => Promise.all([cache.addAll(FILES), ...LATER.map((url) => keepIfFetched(url, cache))]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const stale = (name) => name.startsWith("halfband-") && name !== CACHE && name !== "halfband-scans";
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(stale).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept) return kept;
  return LATER.includes(request.url) ? fetchToKeep(request, cache) : fetch(request);
}

const underway = new Map();

/** Fetches once for all who ask at the same time, as threads do. */
async function fetchToKeep(request, cache) {
  const { url } = request;
  if (!underway.has(url)) underway.set(url, keep(url, fetch(request), cache));
  const response = await underway.get(url).finally(() => underway.delete(url));
  return response.clone();
}

/** What the page fetched before this worker was there lies in the browser's own cache. */
const keepIfFetched = (url, cache) =>
  keep(url, fetch(url, { cache: "only-if-cached", mode: "same-origin" }), cache).catch(() => undefined);

async function keep(url, fetched, cache) {
  const response = await fetched;
  if (response.ok) await cache.put(url, response.clone());
  return response;
}
