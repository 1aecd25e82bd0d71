import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect } from "chai";
import { PresenceFilter } from "ldapts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { SYNC_ACCOUNT } from "../../../../../lab/openldap-people.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { directoryConfig } from "../../../../support/directory.ts";
import { result } from "../../../../support/ldap-bytes.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { rejection } from "../../../../support/rejection.ts";

const BASE = "ou=people,dc=lab,dc=test";

describe("StartTLS with an attacker in between (T-23)", () => {
  /** Answers the request for StartTLS with these bytes, and keeps what else it is told. */
  async function withServer(
    answer: Buffer,
    run: (url: string, heard: () => string) => Promise<void>,
  ): Promise<void> {
    const sockets: Socket[] = [];
    let heard = "";
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(answer));
      socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    try {
      await run(`ldap://127.0.0.1:${address.port}`, () => heard);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  for (const [what, answer, code] of [
    ["is refused", result(1, 0x78, 52), "DIRECTORY_TLS_REQUIRED"],
    [
      "is answered with more than an answer",
      Buffer.concat([result(1, 0x78), result(2, 0x61)]),
      "DIRECTORY_PROTOCOL",
    ],
    ["is answered with garbage", Buffer.from("HTTP/1.1 400"), "DIRECTORY_PROTOCOL"],
  ] as const)
    it(`sends no password when it ${what}`, async () => {
      const { caFile } = await sharedOpenLdap();
      await withServer(answer, async (url, heard) => {
        const accounts = { syncAccount: SYNC_ACCOUNT, writebackAccount: SYNC_ACCOUNT };
        const { directory: config } = directoryConfig({
          server: { url, caFile, ...accounts },
          bases: [BASE],
          directory: { startTls: true, connectTimeoutMs: 500, operationTimeoutMs: 500 },
        });
        const sessions = new SessionPool({ config, log: silentLogger, clock: systemClock });
        const filter = new PresenceFilter({ attribute: "uid" });

        const error = await rejection(
          sessions.use("read", (session) =>
            session.search({ base: BASE, scope: "sub", filter, attributes: ["uid"] }),
          ),
        );

        expect(error.code).to.equal(code);
        expect(heard()).to.not.contain(SYNC_ACCOUNT.password).and.not.contain("svc-sync");
        await sessions.close();
      });
    });
});
