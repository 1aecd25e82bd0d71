/** A DNS server on loopback that answers for TXT records, as the server of a domain's owner does. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode } from "dns-packet";

export interface DnsServer {
  /** For `dnsServers`. */
  readonly address: string;
  /** Values by name. A name that is not in it does not exist. */
  readonly texts: Map<string, readonly string[]>;
  /** Names that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startDnsServer(): Promise<DnsServer> {
  const texts = new Map<string, readonly string[]>();
  const asked: string[] = [];
  const socket = createSocket("udp4");
  const NAME_ERROR = 3;
  socket.on("message", (message, peer) => {
    const { id, questions = [] } = decode(message);
    const name = questions[0]?.name ?? "";
    asked.push(name);
    const values = texts.get(name);
    const answers = (values ?? []).map((data) => ({ type: "TXT" as const, name, ttl: 0, data }));
    const flags = values === undefined ? NAME_ERROR : 0;
    socket.send(
      encode({ type: "response", id: id ?? 0, flags, questions, answers }),
      peer.port,
      peer.address,
    );
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    texts,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
