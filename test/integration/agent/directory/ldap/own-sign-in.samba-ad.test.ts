import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Check } from "../../../../../agent/directory/directory.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { createAuthority } from "../../../../../lab/tls.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { DAY_MS } from "../../../../../shared/durations.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { directoryConfig, openDirectory } from "../../../../support/directory.ts";
import { rejection } from "../../../../support/rejection.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

describe("accounts of the agent on Samba", () => {
  it("cannot sign in by client certificate: Samba does not offer SASL EXTERNAL, and the error says so", async () => {
    const server = await sharedSambaAd();
    const folder = await mkdtemp(join(tmpdir(), "latchkey-client-"));
    try {
      const bind = await (await createAuthority(folder)).issueClient("svc-sync");
      const { directory: config } = directoryConfig({ server, bases: [server.baseDn], directory: { bind } });
      const pool = new SessionPool({ config, log: silentLogger, clock: systemClock });
      const error = await rejection(pool.use("read", () => Promise.resolve()));
      expect(error.code).to.equal("DIRECTORY_BIND_FAILED");
      expect(error.message).to.match(
        /does not offer SASL EXTERNAL \(Samba does not\): SASL: Failed to start/,
      );
      await pool.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("are warned of by doctor 30 days before their password ends", async () => {
    const server = await sharedSambaAd();
    const domain = server.baseDn;
    const name = server.syncAccount.dn.split("@")[0] ?? "";
    const dn = await server.dnOf(name);
    const before = await server.read(name, ["userAccountControl"]);
    const { searchEntries } = await (
      await server.admin()
    ).search(domain, { scope: "base", attributes: ["maxPwdAge"] });
    await server.set(domain, { maxPwdAge: `-${20 * DAY_MS}0000` });
    await server.set(dn, { userAccountControl: "512" });
    const directory = await openDirectory({ server, bases: [domain] });
    try {
      const checks = new Map<string, Check>();
      for await (const check of directory.check(null)) {
        checks.set(check.name, check);
        if (check.name === "sign-in") break;
      }
      expect(checks.get("sign-in")).to.include({ status: "warn" });
      expect(checks.get("sign-in")?.detail).to.match(/its password ends in (?:19|20) days/);
    } finally {
      await directory.close();
      await server.set(dn, { userAccountControl: before["userAccountControl"] ?? "66048" });
      await server.set(domain, { maxPwdAge: String(searchEntries[0]?.["maxPwdAge"]) });
    }
  });
});
