/** Acts as a browser without script over plain HTTP: keeps cookies, posts forms, follows redirects. Cheap enough for benchmarks. */
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { systemCodeOf } from "../shared/system-errors.ts";

/** One request and its answer, on the way to a page. */
export interface Hop {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Time from the first byte sent to the last byte received. */
  readonly ms: number;
}

export interface Page extends Hop {
  /** All requests, redirects included; the last one is the page. */
  readonly hops: readonly Hop[];
}

export type FormValues = Readonly<Record<string, string>>;

export interface Visitor {
  /** Name → value. */
  readonly cookies: Map<string, string>;
  get(path: string): Promise<Page>;
  /** Posts like a form. */
  post(path: string, values: FormValues): Promise<Page>;
  /** Posts like a script on the page; redirects are not followed. */
  send(method: "GET" | "POST", path: string, body?: unknown): Promise<Hop>;
  close(): void;
}

export interface VisitorOptions {
  /** Address of the cloud. */
  readonly url: string;
  /** In X-Forwarded-For: believed where the cloud's configuration names this machine as a proxy. */
  readonly address?: string;
  /** Accept-Language. */
  readonly language?: string;
  /** Laid over the headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Cookies of another visitor: makes a second tab of the same browser. */
  readonly cookies?: Map<string, string>;
  /** Shared connections; of its own when left out. */
  readonly agent?: Agent;
  /** Told of each request when it is answered. */
  readonly onHop?: (hop: Hop) => void;
}

const MAX_REDIRECTS = 5;

export function createVisitor(options: VisitorOptions): Visitor {
  const base = new URL(options.url);
  const agent = options.agent ?? new Agent({ keepAlive: true, maxSockets: 4 });
  const cookies = options.cookies ?? new Map<string, string>();

  const ask = (
    method: "GET" | "POST",
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Hop> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const outgoing = request(
        {
          agent,
          method,
          host: base.hostname,
          port: base.port,
          path,
          headers: {
            "accept-language": options.language ?? "en",
            "sec-fetch-site": "same-origin",
            ...(options.address === undefined ? {} : { "x-forwarded-for": options.address }),
            ...(cookie === "" ? {} : { cookie }),
            ...(body === undefined
              ? {}
              : { origin: base.origin, "content-length": String(Buffer.byteLength(body)) }),
            ...headers,
            ...options.headers,
          },
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () => {
            for (const line of answer.headers["set-cookie"] ?? []) keep(cookies, line);
            const hop: Hop = {
              method,
              path,
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(parts).toString("utf8"),
              ms: performance.now() - startedAt,
            };
            options.onHop?.(hop);
            resolve(hop);
          });
        },
      );
      outgoing.on("error", (error) => {
        // The server had closed the idle connection, for example while a captcha was solved; it has not seen this request.
        const isStale = outgoing.reusedSocket && systemCodeOf(error) === "ECONNRESET";
        if (isStale) resolve(ask(method, path, body, headers));
        else reject(error);
      });
      outgoing.end(body);
    });

  const navigate = async (method: "GET" | "POST", path: string, body?: string): Promise<Page> => {
    const page = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const form = { ...page, "content-type": "application/x-www-form-urlencoded" };
    const hops = [await ask(method, path, body, body === undefined ? page : form)];
    for (;;) {
      const last = hops.at(-1) as Hop;
      const { location } = last.headers;
      if (last.status < 300 || last.status >= 400 || location === undefined) return { ...last, hops };
      if (hops.length > MAX_REDIRECTS) throw new Error(`${path}: redirected without end`);
      const next = new URL(location, new URL(last.path, base));
      if (next.origin !== base.origin) throw new Error(`${path}: redirected away, to ${location}`);
      hops.push(await ask("GET", next.pathname + next.search, undefined, page));
    }
  };

  return {
    cookies,
    get: (path) => navigate("GET", path),
    post: (path, values) => navigate("POST", path, new URLSearchParams(values).toString()),
    send: (method, path, body) =>
      ask(method, path, body === undefined ? undefined : JSON.stringify(body), {
        accept: "application/json",
        "sec-fetch-mode": "cors",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      }),
    close() {
      if (options.agent === undefined) agent.destroy();
    },
  };
}

/** Attributes matter little for one site; an expired cookie goes. */
function keep(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const split = pair.indexOf("=");
  const name = pair.slice(0, split).trim();
  const isOver = attributes.some((attribute) =>
    /^\s*max-age=0\s*$|^\s*expires=Thu, 01 Jan 1970/i.test(attribute),
  );
  if (isOver) cookies.delete(name);
  else cookies.set(name, pair.slice(split + 1));
}
