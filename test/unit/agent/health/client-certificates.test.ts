import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { certificateDays } from "../../../../agent/health/client-certificates.ts";
import { createAuthority } from "../../../../lab/tls.ts";
import { DAY_MS } from "../../../../shared/durations.ts";
import { Secret } from "../../../../shared/secret.ts";

describe("the days of the agent's certificates", () => {
  it("are counted from the files as they are now, for the accounts that have one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "latchkey-client-"));
    try {
      const files = await (await createAuthority(folder)).issueClient("svc-sync", { days: 20 });
      const bind = { kind: "password", dn: "cn=a", password: new Secret("unused") } as const;
      const config = { bind, writebackBind: { kind: "certificate", ...files } } as const;
      const daysAt = (now: number): number => certificateDays(config, now)[0]?.daysLeft ?? NaN;

      expect(certificateDays({ bind }, Date.now())).to.deep.equal([]);
      expect(daysAt(Date.now())).to.be.within(19.9, 20);
      expect(daysAt(Date.now() + 21 * DAY_MS)).to.be.within(-1.1, -0.9);
      await writeFile(files.certificateFile, "");
      expect(certificateDays(config, Date.now())).to.deep.equal([
        { account: "writebackBind", daysLeft: null },
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
