// What the page asks of its own server: addresses are relative, so the key in the address goes along by itself.

export class Refused extends Error {}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? body.detail ?? `The server answered ${response.status}.`);
  return body;
}

function told(error) {
  if (error.name === "AbortError" || error instanceof Refused) throw error;
  throw new Refused("The server does not answer: is `obrok serve` still running?");
}

export const get = (path) => fetch(path).catch(told).then(answer);

/** A file of the server's, whole. */
export async function getBlob(path) {
  const response = await fetch(path).catch(told);
  return response.ok ? response.blob() : answer(response);
}

export const post = (path, body) => fetch(path, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
}).catch(told).then(answer);

/** Sends a file as it is. */
export const send = (path, file) => fetch(path, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file }).catch(() => {
  throw new Refused("The file did not get through: it may be too large (50 MB at most), or `obrok serve` has ended.");
}).then(answer);

/** Posts, and calls `each` with every line of the answer as it comes. Abort with `signal`. */
export async function stream(path, body, each, signal) {
  const response = await fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal,
  }).catch(told);
  if (!response.ok) return answer(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const told of lines.filter(Boolean).map((line) => JSON.parse(line))) {
      if (told.kind === "error") throw new Refused(told.error);
      each(told);
    }
  }
}
