import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Check, Directory } from "../../../../../agent/directory/directory.ts";
import { type Ds389, start389Ds } from "../../../../../lab/389-ds.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { openDirectory } from "../../../../support/directory.ts";

const run = promisify(execFile);

describe("doctor on 389 Directory Server", function () {
  this.timeout(60_000);
  let server: Ds389;
  let directory: Directory;
  before(async () => {
    server = await start389Ds({ sync: "none" }); // of its own: its rights are taken away
    directory = await openDirectory({ server, bases: [server.peopleDn] });
  });
  after(async () => {
    await directory.close();
    await server.stop();
  });
  const examine = async (): Promise<ReadonlyMap<string, Check>> => {
    const checks = new Map<string, Check>();
    for await (const check of directory.check("p00003")) checks.set(check.name, check);
    return checks;
  };

  it("passes with the rights of the lab, and changes nothing to find out", async () => {
    const read = () => server.read("p00003", ["modifyTimestamp", "passwordRetryCount"]);
    const before = await read();

    const checks = await examine();

    expect([...checks.values()].filter(({ status }) => status === "fail")).to.deep.equal([]);
    expect(checks.get("change feed")?.status).to.equal("warn"); // the plugin is off
    expect(checks.get("server")?.detail).to.match(/389 Project; used as 389-ds/);
    expect(checks.get("write rights")?.status).to.equal("pass");
    expect(await read()).to.deep.equal(before);
  });

  it("prints rights that grant what is missing: users are read, the rule is named, a reset and an unlock work", async () => {
    await server.set(server.baseDn, { aci: null });
    const without = await examine();
    expect(without.get("bases")?.status).to.equal("fail");

    const passwordFile = join(dirname(server.caFile), "administrator-password");
    await writeFile(passwordFile, server.administrator.password);
    const script = directory
      .permissionCommands()
      .join("\n")
      .replaceAll('-D "cn=Directory Manager" -W', `-D "${server.administrator.dn}" -y ${passwordFile}`);
    const [before = "", after = ""] = script.split("# Restart the server");
    const env = { ...process.env, LDAPTLS_CACERT: server.caFile };
    await run("sh", ["-e", "-c", before], { env });
    await server.restart();
    await run("sh", ["-e", "-c", `#${after}`], { env });

    const checks = await examine();
    expect([...checks.values()].filter(({ status }) => status === "fail")).to.deep.equal([]);
    expect(checks.get("change feed")).to.include({ status: "pass" });
    expect(checks.get("change feed")?.detail).to.match(/^changelog is used/);
    expect(checks.get("password rule")?.detail).to.match(/at least 10 characters.*last 3/);
    expect(checks.get("write rights")?.status).to.equal("pass");
    const [user] = await directory.find("p00003", new AbortController().signal);
    const order = { userId: user?.id ?? "", mustChange: false, unlock: true };
    await server.lock(user?.dn ?? "");
    const newPassword = new Secret("G00d-Enough-Passw0rd");
    const reset = await directory.applyPassword({ ...order, operation: "reset", newPassword }, () =>
      Promise.resolve(),
    );
    expect(reset).to.include({ state: "applied", passwordSet: true, unlocked: true });
    const lockout = await directory.lockout(order.userId);
    expect(lockout).to.deep.equal({ locked: false, failures: 0, threshold: 5 });
  });
});
