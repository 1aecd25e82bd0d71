/** A scripted LDAP server over a real TLS socket, for behaviour that real servers rarely show. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { BerReader } from "ldapts";
import { createAuthority } from "../../lab/tls.ts";
import { result, searchEntry } from "./ldap-bytes.ts";
import { atEndOfRun, once as onlyOnce } from "./teardown.ts";

export interface FakeRequest {
  readonly messageId: number;
  /** 0x63 search, 0x66 modify, 0x50 abandon, 0x42 unbind … */
  readonly operation: number;
  readonly bytes: Buffer;
  readonly socket: Socket;
}

export interface FakeLdapServer {
  readonly url: string;
  readonly caFile: string;
  /** Operations received, except binds and reads of the root DSE and the identity. */
  readonly operations: readonly number[];
  /** Number of requests in each group that arrived together. */
  readonly arrivals: readonly number[];
  /** Connections accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

const testAuthority = onlyOnce(async () => {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-ca-"));
  atEndOfRun(() => rm(directory, { recursive: true, force: true }));
  const authority = await createAuthority(directory);
  const { certFile, keyFile } = await authority.issue("fake", ["127.0.0.1"]);
  return { caFile: authority.caFile, cert: await readFile(certFile), key: await readFile(keyFile) };
});

/** Accepts binds and answers reads of the root DSE and of the identity. `onRequest` answers every other request. */
export async function startFakeLdapServer(
  onRequest: (request: FakeRequest) => void,
): Promise<FakeLdapServer> {
  const { caFile, cert, key } = await testAuthority();
  const operations: number[] = [];
  const arrivals: number[] = [];
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (socket) => {
    sockets.add(socket);
    connections += 1;
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // the client may leave at any moment
    socket.on("data", (chunk: Buffer) => {
      const requests = [...requestsIn(chunk, socket)];
      arrivals.push(requests.length);
      for (const request of requests) answer(request);
    });
  });
  const answer = (request: FakeRequest): void => {
    const { messageId, operation, socket, bytes } = request;
    if (operation === 0x60) socket.write(result(messageId, 0x61));
    else if (operation === 0x63 && bytes.includes("supportedCapabilities")) {
      const attributes = { supportedControl: ["1.2.840.113556.1.4.319"], namingContexts: ["dc=x"] };
      socket.write(Buffer.concat([searchEntry(messageId, { dn: "", attributes }), result(messageId, 0x65)]));
    } else if (operation === 0x63 && bytes.includes("nsUniqueId")) {
      socket.write(result(messageId, 0x65)); // shows no identity of the directory
    } else {
      operations.push(operation);
      onRequest(request);
    }
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `ldaps://127.0.0.1:${address.port}`,
    caFile,
    operations,
    arrivals,
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Requests are small: each arrives in one piece, sometimes with others. */
function* requestsIn(chunk: Buffer, socket: Socket): Generator<FakeRequest> {
  for (let start = 0; start < chunk.length;) {
    const reader = new BerReader(chunk.subarray(start));
    reader.readSequence();
    const end = start + reader.offset + reader.length;
    const messageId = reader.readInt() ?? 0;
    const bytes = chunk.subarray(start, end);
    yield { messageId, operation: reader.peek() ?? 0, bytes, socket };
    start = end;
  }
}
