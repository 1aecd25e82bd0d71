import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { agentConfigSchema, type BindConfig } from "../../../../agent/config.ts";
import { cloudConfigSchema } from "../../../../cloud/config/config.ts";
import { loadConfig } from "../../../../shared/config/load.ts";
import { isAppError } from "../../../../shared/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-config-"));
const write = (name: string, text: string | Buffer): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const load = (text: string, environment: Record<string, string> = {}) =>
  loadConfig(agentConfigSchema, {
    file: write("agent.yaml", text),
    environmentPrefix: "LATCHKEY_AGENT",
    environment,
  });

const passwordOf = (bind: BindConfig | undefined): string | undefined =>
  bind?.kind === "password" ? bind.password.reveal() : undefined;

const problemsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (isAppError(error, "CONFIG_INVALID")) return error.details["problems"] as string[];
    throw error;
  }
  throw new Error("it was accepted");
};

const GOOD = `
cloud: { url: https://latchkey.example.com }
directory:
  servers: [ldaps://dc1.example.com]
  bind: { dn: "CN=sync,DC=example,DC=com", passwordFile: ${write("password", "s3cret\n")} }
  bases: [{ dn: "OU=Staff,DC=example,DC=com" }]
`;

interface Node {
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
}

const jsonSchemaOf = (schema: z.ZodType): Node =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;

const listsOf = (node: Node, path: readonly string[] = []): (readonly string[])[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = [...path, name];
    if (child.type === "array" || Array.isArray(child.default)) return [here];
    return listsOf(child, here);
  });

describe("configuration", () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("fills keys that are left out with their defaults", () => {
    const config = load(GOOD);

    expect(config.sync.schedule).to.equal("*/2 * * * *");
    expect(config.directory.operationTimeoutMs).to.equal(10_000);
    expect(config.writeback.maxPerHour).to.equal(200);
  });

  it("reads a secret from its file, without the final line break, and never prints it", () => {
    const config = load(GOOD);

    expect(passwordOf(config.directory.bind)).to.equal("s3cret");
    expect(JSON.stringify(config)).to.not.contain("s3cret");
  });

  it("reads files with a byte order mark, and says which file is no UTF-8", () => {
    const config = load(
      `\ufeff${GOOD.replace(/passwordFile: \S+/, `passwordFile: ${write("marked", "\ufeffs3cret\r\n")}`)}`,
    );
    const latin1 = write("latin1", Buffer.from("pässword", "latin1"));

    expect(passwordOf(config.directory.bind)).to.equal("s3cret");
    expect(problemsOf(() => load(GOOD.replace(/passwordFile: \S+/, `passwordFile: ${latin1}`))).join())
      .to.contain(`directory.bind.passwordFile: ${latin1} cannot be read: it is not UTF-8`)
      .and.not.to.contain("directory.bind.password:");
  });

  it("refuses the ports of the global catalogue, with the reason", () => {
    for (const [port, server] of [
      ["3269", "ldaps://dc1.example.com:3269"],
      ["3268", "ldap://dc1.example.com:3268"],
    ] as const) {
      const startTls = String(server.startsWith("ldap:"));
      const text = GOOD.replace("[ldaps://dc1.example.com]", `["${server}"]\n  startTls: ${startTls}`);

      const problems = problemsOf(() => load(text));

      expect(problems.join())
        .to.contain("directory.servers.0")
        .and.to.contain(`port ${port} is the global catalogue`);
    }
  });

  it("tells that a file of authorities has none, when the configuration is read", () => {
    const caFile = write("key.pem", "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n");
    const empty = write("empty.pem", "");
    const text = GOOD.replace("directory:", `directory:\n  caFile: ${caFile}`).replace(
      "example.com }",
      `example.com, caFile: ${empty} }`,
    );

    const problems = problemsOf(() => load(text)).join("\n");

    expect(problems).to.contain(`directory.caFile: ${caFile} has a private key and no certificate`);
    expect(problems).to.contain(`cloud.caFile: ${empty} is empty`);
  });

  it("reads the secret of an account that a YAML alias repeats", () => {
    const config = load(
      GOOD.replace("bind: {", "bind: &account {").replace("  bases:", "  writebackBind: *account\n  bases:"),
    );

    expect(passwordOf(config.directory.writebackBind)).to.equal("s3cret");
    expect(passwordOf(config.directory.bind)).to.equal("s3cret");
  });

  it("treats an empty key as left out", () => {
    expect(load(`${GOOD}metrics:\n`).metrics).to.deep.equal({});
  });

  it("lets the environment override the file, nested and typed", () => {
    const config = load(GOOD, {
      LATCHKEY_AGENT_DIRECTORY__OPERATION_TIMEOUT_MS: "2500",
      LATCHKEY_AGENT_WRITEBACK__ENABLED: "false",
      LATCHKEY_AGENT_DIRECTORY__SERVERS: '["ldaps://a.example.com", "ldaps://b.example.com"]',
      LATCHKEY_AGENT_DIRECTORY__BIND__PASSWORD_FILE: write("other", "from-the-environment"),
    });

    expect(config.directory.operationTimeoutMs).to.equal(2500);
    expect(config.writeback.enabled).to.equal(false);
    expect(config.directory.servers).to.deep.equal(["ldaps://a.example.com", "ldaps://b.example.com"]);
    expect(passwordOf(config.directory.bind)).to.equal("from-the-environment");
  });

  it("reads a list of a variable as JSON, entries with keys of their own included", () => {
    const config = load(GOOD, {
      LATCHKEY_AGENT_WRITEBACK__PROTECTED_GROUPS: '["CN=Tier0,OU=Groups,DC=x"]',
      LATCHKEY_AGENT_DIRECTORY__BASES: '[{"dn": "OU=People,DC=x", "phoneRegion": "BE"}]',
    });

    expect(config.writeback.protectedGroups).to.deep.equal(["CN=Tier0,OU=Groups,DC=x"]);
    expect(config.directory.bases).to.deep.include({ dn: "OU=People,DC=x", phoneRegion: "BE" });
  });

  for (const [name, prefix, schema] of [
    ["agent", "LATCHKEY_AGENT", agentConfigSchema],
    ["cloud", "LATCHKEY_CLOUD", cloudConfigSchema],
  ] as const)
    for (const path of listsOf(jsonSchemaOf(schema)))
      it(`refuses ${path.join(".")} of the ${name} with commas alone, and shows what to write`, () => {
        const upper = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
        const problems = problemsOf(() =>
          loadConfig<z.ZodType>(schema, {
            environmentPrefix: prefix,
            environment: { [`${prefix}_${upper.join("__")}`]: "CN=Tier0,OU=Groups,DC=x" },
          }),
        );

        expect(problems).to.include(
          `${path.join(".")}: must be a list, which is JSON in a variable: ["CN=Tier0,OU=Groups,DC=x"], ` +
            'and with several entries ["…", "…"]',
        );
      });

  it("names every wrong key at once", () => {
    const problems = problemsOf(() =>
      load(`
cloud: { url: http://latchkey.example.com, colour: blue }
directory:
  servers: [ldap://dc1.example.com]
  bind: { dn: x, passwordFile: /nowhere/at-all }
  bases: []
  pageSize: 7
sync: { schedule: every now and then }
`),
    ).join("\n");

    for (const key of [
      "cloud.colour",
      "directory.bind.passwordFile",
      "directory.bases",
      "directory.pageSize",
      "sync.schedule",
    ])
      expect(problems).to.contain(key);
  });

  it("refuses an unencrypted connection to directory and cloud", () => {
    expect(problemsOf(() => load(GOOD.replace("ldaps://", "ldap://"))).join()).to.contain("startTls");
    expect(problemsOf(() => load(GOOD.replace("https://", "http://"))).join()).to.contain("https://");
    expect(load(GOOD.replace("https://latchkey.example.com", "http://127.0.0.1:8080")).cloud.url).to.contain(
      "127.0.0.1",
    );
  });

  it("refuses a secret that is written in the file itself", () => {
    const problems = problemsOf(() => load(GOOD.replace(/passwordFile: \S+/, "password: visible")));

    expect(problems.join()).to.contain("passwordFile").and.not.contain("visible");
  });

  it("names the file that cannot be read, is not YAML, or has no keys", () => {
    const attempt = (file: string) => () =>
      loadConfig(agentConfigSchema, { file, environmentPrefix: "X", environment: {} });

    expect(attempt("/nowhere/agent.yaml")).to.throw(
      /\/nowhere\/agent.yaml cannot be read: there is no such file/,
    );
    expect(attempt(write("bad.yaml", "a: [1"))).to.throw(/is not valid YAML in line 1: .*closing bracket/);
    expect(attempt(write("list.yaml", "- 1"))).to.throw(/must consist of keys/);
  });

  it("cannot be changed after loading", () => {
    const config = load(GOOD);

    expect(() => Object.assign(config.sync, { schedule: "off" })).to.throw(TypeError);
  });

  it("accepts the example files, except for keys that only the administrator can know", () => {
    const example = (name: string) => join(import.meta.dirname, "../../../../config", name);

    const agent = loadConfig(agentConfigSchema, {
      file: example("agent.example.yaml"),
      environmentPrefix: "X",
      // The files that the example names are on the administrator's host, not here.
      environment: {
        X_DIRECTORY__BIND__PASSWORD_FILE: write("example-password", "s3cret"),
        X_DIRECTORY__WRITEBACK_BIND__PASSWORD_FILE: write("example-writeback-password", "s3cret"),
      },
    });
    const cloud = loadConfig(cloudConfigSchema, {
      file: example("cloud.example.yaml"),
      environmentPrefix: "X",
      environment: {},
    });

    expect(agent.directory.servers).to.have.length(2);
    expect(cloud.listen).to.deep.equal({ host: "127.0.0.1", port: 8080 });
  });
});
