/** A TCP proxy between two parts of the product that fails on demand like a network. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Connections open at this moment. */
  readonly connections: number;
  /** Refuses new connections and cuts the open ones. */
  refuse(): void;
  /** Keeps existing and new connections open and silent: half-open, as after a lost route. */
  blackhole(): void;
  /** Lets new connections work again; silent ones stay silent. */
  heal(): void;
  /** Sends RST on all open connections. */
  resetAll(): void;
  /** Cuts a connection after this many bytes to the client; null never does. */
  cutAfter(bytes: number | null): void;
  /** Delays every chunk, milliseconds. */
  delay(ms: number): void;
  /** Bytes sent to clients so far, over all connections. */
  readonly returned: number;
  /** Bytes that clients sent so far. */
  readonly sent: number;
  /** Holds all traffic after exactly this many more bytes to the client, without loss: in the middle of an answer. */
  holdAfter(bytes: number): void;
  /** Releases what `holdAfter` holds. */
  release(): void;
  /** New connections go to another port of the target's host. */
  retarget(port: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  isSilent: boolean;
  returned: number;
}

/** `listenHost` is needed where the name or certificate of the target is valid for no other address. */
export async function startTcpProxy(
  targetPort: number,
  targetHost = "127.0.0.1",
  listenHost = "127.0.0.1",
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let port = targetPort;
  let mode: "pass" | "refuse" | "blackhole" = "pass";
  let cutAfterBytes: number | null = null;
  let delayMs = 0;
  let sent = 0;
  let returned = 0;
  let mayReturn = Infinity;

  const drop = (pair: Pair, how: "destroy" | "resetAndDestroy"): void => {
    pairs.delete(pair);
    pair.client[how]();
    pair.upstream.destroy();
  };
  const forward = (pair: Pair, from: Socket, to: Socket): void => {
    from.on("data", (data: Buffer) => {
      if (pair.isSilent) return;
      const chunk = to === pair.client ? data.subarray(0, mayReturn) : data;
      if (to === pair.client) {
        pair.returned += chunk.length;
        returned += chunk.length;
        mayReturn -= chunk.length;
      } else sent += chunk.length;
      if (mayReturn === 0) for (const each of pairs) each.upstream.pause();
      if (chunk.length < data.length) from.unshift(data.subarray(chunk.length)); // after the pause, or it comes at once
      const send = (): void => {
        if (pair.isSilent || to.destroyed) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => {
            if (mayReturn > 0) from.resume();
          });
        }
        if (cutAfterBytes !== null && pair.returned > cutAfterBytes) drop(pair, "resetAndDestroy");
      };
      if (delayMs === 0) send();
      else setTimeout(send, delayMs);
    });
    from.on("error", () => undefined); // seen as `close`
    from.on("close", () => {
      if (!pair.isSilent) drop(pair, "destroy");
    });
  };

  const server = createServer((client) => {
    if (mode === "refuse") {
      client.destroy();
      return;
    }
    const upstream = connect(port, targetHost);
    const pair: Pair = { client, upstream, isSilent: mode === "blackhole", returned: 0 };
    pairs.add(pair);
    forward(pair, client, upstream);
    forward(pair, upstream, client);
    if (mayReturn === 0) upstream.pause();
  });
  server.listen(0, listenHost);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  return {
    port: address.port,
    get connections() {
      return pairs.size;
    },
    refuse() {
      mode = "refuse";
      for (const pair of pairs) drop(pair, "destroy");
    },
    blackhole() {
      mode = "blackhole";
      for (const pair of pairs) pair.isSilent = true;
    },
    heal() {
      mode = "pass";
    },
    resetAll() {
      for (const pair of pairs) drop(pair, "resetAndDestroy");
    },
    cutAfter(bytes) {
      cutAfterBytes = bytes;
    },
    delay(ms) {
      delayMs = ms;
    },
    get returned() {
      return returned;
    },
    get sent() {
      return sent;
    },
    holdAfter(bytes) {
      mayReturn = bytes;
    },
    release() {
      mayReturn = Infinity;
      for (const { upstream } of pairs) upstream.resume();
    },
    retarget(to) {
      port = to;
    },
    async close() {
      for (const pair of pairs) drop(pair, "destroy");
      server.close();
      await once(server, "close");
    },
  };
}
