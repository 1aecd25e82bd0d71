import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { type ApiAnswer, type Installation, startInstallation } from "../../lab/installation.ts";
import { runProgram } from "../../lab/program.ts";
import { createdApiKeySchema } from "../../shared/api/api-keys.ts";
import { errorBodySchema } from "../../shared/api/error-body.ts";
import { type ErrorCode, ERRORS } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { type Commands, createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import type { Person } from "../support/people.ts";

/** A mistake of a user, made with a command and over HTTP. */
interface Mistake {
  readonly code: ErrorCode;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly http: readonly [method: string, path: string, body?: unknown];
  /** Body of the request; none when empty. */
  readonly key?: string;
  readonly says: RegExp;
}

const MAX_PENDING = 3;

describe("mistakes", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  let api: ApiClient;
  let commands: Commands;
  let person: Person;
  const stops: (() => Promise<void>)[] = [];
  const SHARED = "reception@lab.test";

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    const { server } = people;
    person = await people.add("not a number at all");
    for (const mobile of ["+32 47", "+32 470 33 44 55"])
      await server.addUser(server.peopleDn, { mail: SHARED, mobile });
    installation = await startInstallation({
      directory: people.directory,
      agentConfig: { sync: { schedule: "off" } },
      cloudConfig: { writeback: { maxPending: MAX_PENDING } },
    });
    stops.unshift(() => installation.close());
    api = createApiClient(installation);
    commands = createCommands(installation);
    await installation.api("POST", "/tenants", { id: "empty", name: "Nobody yet", domains: [] });
    await api.sync({ policy: "initial" });
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(installation.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const makeKey = (scopes: readonly string[], tenant: ApiClient = api) =>
    tenant.call(createdApiKeySchema, "POST", "/api-keys", { name: "e2e", scopes });
  const ask = (
    [method, path, body]: Mistake["http"],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> => installation.api(method, path, body, headers);

  async function expectMistake(mistake: Mistake): Promise<void> {
    const { code, command, environment, http, key, says } = mistake;
    const { http: status, fix, exit } = ERRORS[code];

    const plain = await commands.latchkey(command, environment);
    expect(plain, command.join(" ")).to.include({ exit, stdout: "" });
    expect(plain.stderr).to.match(says).and.to.contain(fix).and.to.contain(`[${code}]`);
    const json = await commands.latchkey([...command, "--json"], environment);
    expect(json).to.include({ exit, stdout: "" });
    expect(JSON.parse(json.stderr)).to.include({ code, fix });

    const answer = await ask(http, key === undefined ? {} : { authorization: key });
    expect(answer.status, http.join(" ")).to.equal(status);
    const body = errorBodySchema.parse(answer.body);
    expect(body).to.include({ code, fix });
    expect(body.message).to.match(says);
    expect(body.requestId).not.to.equal("");
  }

  it("an unknown tenant", () =>
    expectMistake({
      code: "TENANT_UNKNOWN",
      command: ["user", "search", "--tenant", "nowhere"],
      http: ["GET", "/tenants/nowhere/users"],
      says: /No tenant has the id .nowhere./,
    }));

  it("an unknown user", () =>
    expectMistake({
      code: "USER_UNKNOWN",
      command: ["user", "show", "nobody"],
      http: ["GET", "/tenants/contoso/users/nobody"],
      says: /No synced user/,
    }));

  it("a name of two users: the answer names both and chooses neither", async () => {
    const names = (await api.users()).items.filter(({ aliases }) => aliases.includes(SHARED));
    expect(names).to.have.length(2);

    await expectMistake({
      code: "USER_AMBIGUOUS",
      command: ["user", "show", SHARED],
      http: ["GET", `/tenants/contoso/users/${encodeURIComponent(SHARED)}`],
      says: new RegExp(names.map(({ userName }) => `(?=.*${userName})`).join(""), "s"),
    });
    const reset = await refusalOf(api.writeback({ user: SHARED, newPassword: "A-quite-new-Passw0rd" }));
    expect(reset).to.include({ code: "USER_AMBIGUOUS" });
  });

  it("an invalid number: the user is listed with the reason", async () => {
    const { exit, stdout } = await commands.latchkey(["user", "search", "--problem"]);

    expect(exit).to.equal(0);
    expect(stdout).to.match(new RegExp(`${person.userName} .*mobile: not a number`));
    expect(stdout).to.match(/mobile: too short/);
    expect(stdout).not.to.contain("+32 470334455");
  });

  it("a key without the scope", async () => {
    const { secret } = await makeKey(["users:read"]);
    const keyFile = await file("reader-key", secret);

    await expectMistake({
      code: "SCOPE_MISSING",
      command: ["writeback", "unlock", person.userName],
      environment: { LATCHKEY_API_KEY_FILE: keyFile },
      http: ["POST", "/tenants/contoso/writeback-drafts", { user: person.userName, operation: "unlock" }],
      key: `Bearer ${secret}`,
      says: /lacks the scope writeback:write/,
    });
    await expectMistake({
      code: "SCOPE_MISSING",
      command: ["user", "search", "--tenant", "empty"],
      environment: { LATCHKEY_API_KEY_FILE: keyFile },
      http: ["GET", "/tenants/empty/users"],
      key: `Bearer ${secret}`,
      says: /for the tenant contoso only/,
    });
  });

  it("a revoked key, an unknown key, and no key", async () => {
    const { key, secret } = await makeKey(["owner"]);
    expect((await installation.api("DELETE", `/tenants/contoso/api-keys/${key.id}`)).status).to.equal(200);
    for (const [name, text] of [
      ["revoked-key", secret],
      ["invented-key", secret.replace(/.{5}$/, "AAAAA")],
    ] as const)
      await expectMistake({
        code: "API_KEY_INVALID",
        command: ["tenant", "list"],
        environment: { LATCHKEY_API_KEY_FILE: await file(name, text) },
        http: ["GET", "/tenants"],
        key: `Bearer ${text}`,
        says: /unknown, revoked or expired/,
      });

    const without = await commands.latchkey(["tenant", "list"], { LATCHKEY_API_KEY_FILE: "" });
    expect(without).to.include({ exit: 4, stdout: "" });
    expect(without.stderr).to.contain("[API_KEY_MISSING]");
    const response = await fetch(`${installation.url}/api/v1/tenants`);
    expect(response.status).to.equal(401);
    expect(await response.json()).to.include({ code: "API_KEY_MISSING" });
  });

  it("an unknown agent, and a tenant without agents", async () => {
    const id = newId();
    await expectMistake({
      code: "AGENT_UNKNOWN",
      command: ["agent", "revoke", id],
      http: ["POST", `/tenants/contoso/agents/${id}/revoke`],
      says: new RegExp(`has no agent ${id}`),
    });
    await expectMistake({
      code: "AGENT_OFFLINE",
      command: ["sync", "start", "--tenant", "empty"],
      http: ["POST", "/tenants/empty/sync-runs", {}],
      says: /No approved agent/,
    });
  });

  it("an unknown run or writeback, and a run that holds nothing", async () => {
    const id = newId();
    const { id: done } = await api.sync();
    await expectMistake({
      code: "SYNC_RUN_UNKNOWN",
      command: ["sync", "show", id],
      http: ["GET", `/tenants/contoso/sync-runs/${id}`],
      says: new RegExp(id),
    });
    await expectMistake({
      code: "SYNC_NOT_HELD",
      command: ["sync", "approve", done],
      http: ["POST", `/tenants/contoso/sync-runs/${done}/approve`],
      says: /not waiting for approval/,
    });
    await expectMistake({
      code: "WRITEBACK_UNKNOWN",
      command: ["writeback", "show", id],
      http: ["GET", `/tenants/contoso/writebacks/${id}`],
      says: /No writeback has this id/,
    });
  });

  it("more writebacks than may wait: the queue refuses them and finishes those it accepted", async () => {
    const many: Person[] = [];
    for (let count = 0; count <= MAX_PENDING; count++) many.push(await people.add());
    await api.sync();
    const reset = ({ userName: user }: Person) =>
      api.writeback({ user, newPassword: "A-quite-new-Passw0rd", waitSeconds: 0 });
    installation.agent.signal("SIGSTOP");
    const taken: string[] = [];
    try {
      for (const one of many.slice(0, MAX_PENDING)) taken.push((await reset(one)).id);
      const last = many[MAX_PENDING] as Person;

      await expectMistake({
        code: "QUEUE_FULL",
        command: ["writeback", "unlock", last.userName],
        http: ["POST", "/tenants/contoso/writebacks", { user: last.userName, operation: "unlock" }],
        says: /Too many writebacks/,
      });
    } finally {
      installation.agent.signal("SIGCONT");
    }
    for (const id of taken) expect(await api.job(id, 20)).to.include({ state: "applied" });
  });

  it("an invalid body: the answer names every wrong field at once and repeats no value", async () => {
    const secret = "My-0wn-Secret!";
    const wrong = {
      user: "",
      operation: "reset",
      newPassword: 5,
      oldPassword: secret,
      waitSeconds: -1,
      sure: true,
    };

    const { status, body } = await ask(["POST", "/tenants/contoso/writebacks", wrong]);

    expect(status).to.equal(400);
    const { code, message, details } = errorBodySchema.parse(body);
    expect(code).to.equal("REQUEST_INVALID");
    for (const field of ["user", "newPassword", "waitSeconds", "sure"]) {
      expect(message).to.contain(field);
      expect(JSON.stringify(details)).to.contain(field);
    }
    expect(JSON.stringify(body)).not.to.contain(secret);
  });

  it("a body that is not JSON, a body that is too large, and an unknown address", async () => {
    const post = async (text: string) => {
      const key = (await readFile(join(installation.folder, "owner-key"), "utf8")).trim();
      const response = await fetch(`${installation.url}/api/v1/tenants/contoso/sync-runs`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: text,
      });
      return { status: response.status, ...errorBodySchema.parse(await response.json()) };
    };

    expect(await post("{nothing")).to.include({ status: 400, code: "REQUEST_INVALID" });
    expect(await post(JSON.stringify({ user: "x".repeat(20_000) }))).to.include({
      status: 413,
      code: "REQUEST_TOO_LARGE",
    });
    const nowhere = await ask(["GET", "/tenants/contoso/passwords"]);
    expect(nowhere.status).to.equal(404);
    expect(nowhere.body).to.include({ code: "NOT_FOUND" });
  });

  const typos: readonly [
    what: string,
    args: readonly string[],
    environment: Record<string, string>,
    says: RegExp,
  ][] = [
    ["an unknown option", ["user", "show", "x", "--colour"], {}, /unknown option '--colour'/],
    ["an unknown command", ["user", "shwo"], {}, /unknown command 'shwo'/],
    ["a missing argument", ["writeback", "reset"], {}, /missing required argument 'user'/],
    ["no address of the cloud", ["tenant", "list"], { LATCHKEY_URL: "" }, /Set LATCHKEY_URL/],
    ["a password without a terminal", ["writeback", "reset", "x"], {}, /Use --password-file/],
    [
      "a password file that is not there",
      ["writeback", "reset", "x", "--password-file", "/nowhere"],
      {},
      /--password-file: \/nowhere cannot be read/,
    ],
  ];
  for (const [what, args, environment, says] of typos)
    it(`${what} ends the command with 2`, async () => {
      const { exit, stdout, stderr } = await commands.latchkey(args, environment);
      expect({ exit, stdout }).to.deep.equal({ exit: 2, stdout: "" });
      expect(stderr).to.match(says);
    });

  it("a cloud that does not answer ends the command with 3", async () => {
    const gone = { LATCHKEY_URL: "http://127.0.0.1:1" };
    const { exit, stderr } = await commands.latchkey(["tenant", "list"], gone);
    expect(exit).to.equal(3);
    expect(stderr).to.contain("http://127.0.0.1:1").and.to.contain("[CLOUD_UNREACHABLE]");
  });

  it("a configuration with mistakes: both programs name every wrong key at once and end with 2", async () => {
    const agentFile = await file(
      "bad-agent.yaml",
      stringify({
        cloud: { url: "http://cloud.example.com", proxy: "none" },
        directory: {
          servers: ["ldap://dc1.example.com"],
          bind: { dn: "cn=sync", password: "1nline-Passw0rd" },
          bases: [{ dn: "Staff", phoneRegion: "Belgium" }],
          pageSize: 1,
        },
        sync: { schedule: "now and then" },
        writebck: { enabled: false },
      }),
    );
    const cloudFile = await file(
      "bad-cloud.yaml",
      stringify({
        publicUrl: "latchkey.example.com",
        listen: "nowhere",
        redis: { username: "latchkey" },
        sync: { deletePercent: 200 },
        writeback: { ttlSeconds: 1 },
        colour: "blue",
      }),
    );

    const [agent, cloud] = await Promise.all([
      runProgram("agent/main.ts", ["run", "--config", agentFile]),
      runProgram("cloud/main.ts", ["serve", "--config", cloudFile]),
    ]);

    expect(agent.exit, agent.stderr).to.equal(2);
    for (const key of [
      "cloud.url",
      "cloud.proxy",
      "directory.servers.0",
      "directory.bind.password",
      "directory.pageSize",
      "directory.bases.0.dn",
      "directory.bases.0.phoneRegion",
      "sync.schedule",
    ])
      expect(agent.stderr).to.contain(`${key}: `);
    expect(agent.stderr).to.contain("writebck").and.to.contain("[CONFIG_INVALID]");
    expect(agent.stderr).not.to.contain("1nline-Passw0rd");
    expect(cloud.exit, cloud.stderr).to.equal(2);
    for (const key of [
      "publicUrl",
      "listen",
      "redis",
      "sync.deletePercent",
      "writeback.ttlSeconds",
      "colour",
    ])
      expect(cloud.stderr).to.contain(key);
    expect(cloud.stderr).to.contain("[CONFIG_INVALID]");
  });
});
