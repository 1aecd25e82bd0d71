/** Serves pages written by a test with the portals' scripts, styles and headers. */
import { once as onceEvent } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PORTAL_HEADERS } from "../../cloud/portal/headers.ts";
import { buildWeb } from "../../tools/build-web.ts";

const ASSETS = join(import.meta.dirname, "../../web/assets");
const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css" };

export interface Posted {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface WebPages extends AsyncDisposable {
  readonly url: string;
  /** The posted forms. */
  readonly posted: readonly Posted[];
  /** The scripts and styles that were fetched. */
  readonly fetched: readonly string[];
}

/** `body` goes into <main>; `answers` are JSON by address, whatever the method; a function may wait, or answer differently. */
export async function startWebPages(options: {
  readonly body: string | (() => string);
  readonly answers?: Readonly<Record<string, (body: string) => unknown>>;
}): Promise<WebPages> {
  buildWeb();
  const manifest = JSON.parse(await readFile(join(ASSETS, "manifest.json"), "utf8")) as Record<
    string,
    string
  >;
  const posted: Posted[] = [];
  const fetched: string[] = [];

  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "/";
      for (const [name, value] of Object.entries(PORTAL_HEADERS)) response.setHeader(name, value);
      const answer = options.answers?.[path];
      if (answer !== undefined) {
        const reply = await answer(await text(request));
        const status = reply instanceof Refusal ? reply.status : 200;
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(reply instanceof Refusal ? reply.body : reply));
      } else if (path.startsWith("/assets/")) {
        const name = path.slice("/assets/".length);
        fetched.push(name);
        response.writeHead(200, { "content-type": TYPES[name.split(".").at(-1) ?? ""] ?? "text/plain" });
        response.end(await readFile(join(ASSETS, name)));
      } else if (request.method === "POST") {
        posted.push({ path, fields: Object.fromEntries(new URLSearchParams(await text(request))) });
        response.writeHead(200, { "content-type": "text/html" });
        response.end(pageOf(manifest, "<h1>Posted</h1>"));
      } else if (path === "/favicon.ico") {
        response.writeHead(204).end();
      } else {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end(pageOf(manifest, typeof options.body === "string" ? options.body : options.body()));
      }
    })();
  }).listen(0, "127.0.0.1");
  await onceEvent(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/`,
    posted,
    fetched,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await onceEvent(server, "close");
    },
  };
}

/** Answers with a refusal in the form of the API. */
export class Refusal {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

const pageOf = (manifest: Readonly<Record<string, string>>, body: string): string => `<!doctype html>
<html lang="en" class="no-js">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Page</title>
<link rel="stylesheet" href="/assets/${manifest["portal.css"] ?? ""}">
<script type="module" src="/assets/${manifest["portal.js"] ?? ""}"></script>
</head>
<body>${body.includes("<main") ? body : `<main id="main">${body}</main>`}</body></html>`;
