/** A TCP proxy between two parts of the product that can be told to fail: the network, misbehaving on demand. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Connections open at this moment. */
  readonly connections: number;
  /** Refuses new connections and cuts the open ones. */
  refuse(): void;
  /** Existing and new connections stay open and say nothing any more: half-open, as after a lost route. */
  blackhole(): void;
  /** New connections work again; those that went silent stay so. */
  heal(): void;
  /** RST on all open connections. */
  resetAll(): void;
  /** From now on, cuts a connection once this many bytes came back to the client; null: never. */
  cutAfter(bytes: number | null): void;
  /** Delays every chunk, milliseconds. */
  delay(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  isSilent: boolean;
  returned: number;
}

export async function startTcpProxy(targetPort: number, targetHost = "127.0.0.1"): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: "pass" | "refuse" | "blackhole" = "pass";
  let cutAfterBytes: number | null = null;
  let delayMs = 0;

  const drop = (pair: Pair, how: "destroy" | "resetAndDestroy"): void => {
    pairs.delete(pair);
    pair.client[how]();
    pair.upstream.destroy();
  };
  const forward = (pair: Pair, from: Socket, to: Socket): void => {
    from.on("data", (chunk: Buffer) => {
      if (pair.isSilent) return;
      if (to === pair.client) pair.returned += chunk.length;
      const send = (): void => {
        if (pair.isSilent || to.destroyed) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
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
    const upstream = connect(targetPort, targetHost);
    const pair: Pair = { client, upstream, isSilent: mode === "blackhole", returned: 0 };
    pairs.add(pair);
    forward(pair, client, upstream);
    forward(pair, upstream, client);
  });
  server.listen(0, "127.0.0.1");
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
    async close() {
      for (const pair of pairs) drop(pair, "destroy");
      server.close();
      await once(server, "close");
    },
  };
}
