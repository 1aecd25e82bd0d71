import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { type CommandResult, ROOT } from "../../lab/program.ts";
import { auditPageSchema } from "../../shared/api/audit.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import {
  type Canaries,
  findCanaries,
  findCanariesInFiles,
  formsOf,
  type Sighting,
} from "../support/canaries.ts";
import { createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import type { Person } from "../support/people.ts";

/** Sends every secret through all features of the product, then finds it only where its owner put it. */
describe("secrets that went through the whole installation", function () {
  this.timeout(240_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  let api: ApiClient;
  let person: Person;
  /** Where the administrator keeps the files with passwords. */
  let desk: string;
  let secrets: Canaries;
  const NUMBER = "470987654";
  const numbers: Canaries = { number: NUMBER, "number as typed": "0470 98 76 54" };
  const UNUSABLE_NUMBER = "47098 extension 4711";
  const NAMELESS = "Nameless-Canary-Entry";
  /** An entry and a value that cannot be used: the cloud lists the DN, and never gets the value. */
  const unusable: Canaries = { "unusable number": UNUSABLE_NUMBER, "DN of an unusable entry": NAMELESS };
  const outputs: CommandResult[] = [];
  /** Command lines of every process that ran meanwhile, and environments of ours. */
  const processes = new Set<string>();
  const stops: (() => Promise<unknown>)[] = [];

  const PASSWORDS = {
    "new password": "N3w-Canary-é€-Passw0rd",
    "second password": "S3cond-Canary-🚀-Passw0rd",
    "third password": "Th1rd-Canary-Passw0rd",
    "wrong old password": "Wr0ng-Old-Canary-Passw0rd",
    "refused password": "Kx9!vQ2#z",
    "password in the wrong field": "M1splaced-Canary-Passw0rd",
  };

  before(async function () {
    this.timeout(480_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    person = await people.add(numbers["number as typed"]);
    await people.add(UNUSABLE_NUMBER);
    const { server } = people;
    const entry = { objectClass: "inetOrgPerson", cn: NAMELESS, sn: "Less" };
    await (await server.admin()).add(`cn=${NAMELESS},${server.peopleDn}`, entry);
    desk = await mkdtemp(join(tmpdir(), "latchkey-desk-"));
    stops.unshift(() => rm(desk, { recursive: true, force: true }));
    const stopWatching = watchProcesses();
    stops.unshift(stopWatching);
    installation = await startInstallation({
      directory: people.directory,
      agentConfig: { sync: { schedule: "off" }, log: { level: "debug" } },
      cloudConfig: { log: { level: "debug" } },
    });
    stops.unshift(() => installation.close());
    api = createApiClient(installation);

    await doEverything();
    await stopWatching();
    await installation.agent.stop();
    await installation.cloud.stop();
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const onDesk = async (name: string, text: string): Promise<string> => {
    const path = join(desk, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const readBack = async (path: string): Promise<string> => (await readFile(path, "utf8")).trim();

  async function doEverything(): Promise<void> {
    const { latchkey, latchkeyAgent } = createCommands(installation);
    /** Runs a command with a password in its own process, to watch it from outside. */
    const run = async (exit: number, ...args: string[]): Promise<void> => {
      const isWatched = args.includes("--password-file");
      const result = await (isWatched ? installation.latchkey(...args) : latchkey(args));
      expect(result.exit, `${args.join(" ")}: ${result.stderr}`).to.equal(exit);
      outputs.push(result);
    };
    const keyFile = join(desk, "helpdesk-key");
    const tokenFile = join(desk, "token");
    const typed = await onDesk("new", PASSWORDS["new password"]);
    const refused = await onDesk("refused", PASSWORDS["refused password"]);
    const wrong = await onDesk("wrong", PASSWORDS["wrong old password"]);
    const second = await onDesk("second", PASSWORDS["second password"]);

    await run(0, "key", "create", "--name", "helpdesk", "--scope", "owner", "--key-file", keyFile);
    await run(0, "enrollment", "create", "--name", "agent-2", "--token-file", tokenFile);
    await run(0, "sync", "start", "--policy", "initial", "--wait");
    await run(0, "writeback", "reset", person.userName, "--password-file", typed);
    expect(await people.opens(person, PASSWORDS["new password"])).to.equal(true);
    await run(4, "writeback", "reset", person.userName, "--password-file", refused);
    const change = ["writeback", "change", person.userName, "--password-file", second, "--old-password-file"];
    await run(4, ...change, wrong);
    await run(0, ...change, typed);
    expect(await people.opens(person, PASSWORDS["second password"])).to.equal(true);
    for (const args of [["status"], ["doctor", "--user", person.userName], ["sync"]])
      outputs.push(await latchkeyAgent(args));

    // In plain text to the API, well formed and malformed, with the other key.
    const headers = { authorization: `Bearer ${await readBack(keyFile)}` };
    const reset = { user: person.userName, newPassword: PASSWORDS["third password"] };
    expect(await api.writeback(reset, headers)).to.include({ state: "applied" });
    const misplaced = { ...reset, operation: PASSWORDS["password in the wrong field"] } as never;
    expect(await refusalOf(api.writeback(misplaced))).to.include({ code: "REQUEST_INVALID" });
    const { folder } = installation;
    const apiKey = await readBack(join(folder, "owner-key"));
    expect((await installation.api("GET", "/tenants", undefined, { authorization: apiKey })).status).to.equal(
      401,
    );
    await run(0, "audit", "list", "--limit", "200");
    await run(0, "writeback", "list");
    const { items } = await api.call(auditPageSchema, "GET", "/audit?limit=500");
    await writeFile(join(folder, "audit.json"), JSON.stringify(items));

    const tokens = {
      token: await readBack(join(folder, "agent-1-token")),
      "unused token": await readBack(tokenFile),
    };
    secrets = {
      ...PASSWORDS,
      "first password": person.password,
      "sync account's password": people.directory.syncAccount.password,
      "writeback account's password": people.directory.writebackAccount.password,
      "owner's key": apiKey,
      "helpdesk's key": await readBack(keyFile),
      ...tokens,
      "secret part of the token": tokens.token.split(".")[3] ?? "",
      "secret part of the unused token": tokens["unused token"].split(".")[3] ?? "",
    };
  }

  function watchProcesses(): () => Promise<void> {
    const read = (path: string): string => {
      try {
        return readFileSync(path, "latin1");
      } catch {
        return ""; // it ended meanwhile
      }
    };
    const timer = setInterval(() => {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        const commandLine = read(`/proc/${pid}/cmdline`);
        if (processes.has(commandLine)) continue;
        processes.add(commandLine);
        if (commandLine.includes(ROOT)) processes.add(read(`/proc/${pid}/environ`));
      }
    }, 20);
    return () => {
      clearInterval(timer);
      return Promise.resolve();
    };
  }

  /** The files that the administrator received or made. */
  const KEPT = ["owner-key", "agent-1-token", "agent-1-bind", "agent-1-writeback"];

  it("are found by the search, in every encoding", () => {
    const value = "Fünf-Kanarienvögel-🐦-1!";
    const forms = formsOf(value);
    expect(forms).to.have.length(18);
    for (const [form, bytes] of forms)
      for (const before of ["", "x", "xy"]) {
        const around = Buffer.concat([Buffer.from(before), bytes, Buffer.from("…")]);
        const found = findCanaries({ value }, "a file", around).map((sighting) => sighting.form);
        expect(found, form).to.include(form);
      }
    for (const encoding of ["utf8", "utf16le"] as const)
      for (const before of ["", "x", "xy"]) {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(value, encoding), Buffer.from("tail")]);
        for (const coded of ["base64", "base64url", "hex"] as const)
          expect(findCanaries({ value }, "", Buffer.from(bytes.toString(coded)))).not.to.deep.equal([]);
      }
    expect(findCanaries({ value }, "", Buffer.from("nothing of the kind"))).to.deep.equal([]);
  });

  it("are nowhere in the installation's folder: not in logs, Redis, keys, state, journal or audit (T-14)", async () => {
    const { folder } = installation;

    const { sightings, files } = await findCanariesInFiles(secrets, folder, KEPT);

    expect(sightings).to.deep.equal([]);
    for (const part of ["cloud.log", "agent-1.log", "audit.json", "agent-1/journal", "cloud/redis/", ".aof"])
      expect(
        files.some((file) => file.includes(part)),
        `${part} was looked at`,
      ).to.equal(true);
    // The same search does find them where they are kept.
    const kept = await findCanariesInFiles(secrets, folder);
    expect(new Set(kept.sightings.map(({ where }) => where))).to.have.property("size", KEPT.length);
  });

  it("are in no command line, no environment and no output of a command", () => {
    const seen = [...processes];
    expect(seen.some((text) => text.includes("--password-file"))).to.equal(true);
    expect(seen.some((text) => text.includes(installation.cloudConfigFile))).to.equal(true);
    expect(seen.some((text) => text.includes("LATCHKEY_API_KEY_FILE="))).to.equal(true);
    expect(outputs).to.have.length.above(8);
    const printed = outputs.map(({ stdout, stderr }) => stdout + stderr);

    for (const text of seen)
      expect(findCanaries(secrets, text.slice(0, 300), Buffer.from(text, "latin1"))).to.deep.equal([]);
    for (const text of printed) expect(findCanaries(secrets, text, Buffer.from(text))).to.deep.equal([]);
  });

  it("leave no unusable value anywhere, and no DN of an unusable entry outside the store", async () => {
    const { sightings } = await findCanariesInFiles(unusable, installation.folder);

    const inStore = ({ where }: Sighting): boolean =>
      where.startsWith(join(installation.folder, "cloud/redis/"));
    expect(sightings.filter((found) => found.what === "unusable number" || !inStore(found))).to.deep.equal(
      [],
    );
    // The DN is in the list of the run, so the search must find it there.
    expect(sightings.some((found) => found.what === "DN of an unusable entry" && inStore(found))).to.equal(
      true,
    );
  });

  it("leave no number in a log, the audit log or an agent's file, only in the store", async () => {
    const { folder } = installation;

    const { sightings } = await findCanariesInFiles(numbers, folder);

    const outside = (found: Sighting): boolean => !found.where.startsWith(join(folder, "cloud/redis/"));
    expect(sightings.filter(outside)).to.deep.equal([]);
    // The number is in the store, so the search must find it there.
    expect(sightings.some(({ what }) => what === "number")).to.equal(true);
    for (const text of processes)
      expect(findCanaries(numbers, text.slice(0, 300), Buffer.from(text, "latin1"))).to.deep.equal([]);
  });
});
