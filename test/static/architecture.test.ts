import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const root = join(import.meta.dirname, "../..");

/** Which room may import which. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: ["shared"],
  agent: ["agent", "shared"],
  cloud: ["cloud", "shared"],
  cli: ["cli", "shared"],
  web: ["web", "shared"],
  lab: ["lab", "agent", "shared", "tools"],
};

/** Packages that only some folders may know: the walls inside a room. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  ldapts: ["agent/directory/ldap/"],
  "node-cron": ["agent/sync/", "agent/config.ts"],
  ws: ["agent/link/", "cloud/gateway/"],
  bullmq: ["cloud/writeback/"],
  ioredis: ["cloud/store/", "cloud/writeback/", "cloud/cloud.ts"],
  fastify: ["cloud/"],
  "@hpke/core": ["shared/sealing/"],
  nodemailer: ["cloud/notify/"],
  twilio: ["cloud/notify/"],
  otpauth: ["cloud/methods/"],
  qrcode: ["cloud/methods/", "cloud/portal/registration/"],
  "altcha-lib": ["cloud/portal/", "web/"],
  "@zxcvbn-ts/core": ["web/"],
  "libphonenumber-js": ["shared/phone.ts", "agent/config.ts"],
  commander: ["shared/command.ts", "agent/", "cloud/", "cli/"],
};

const sources = (room: string): string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(room, file));

const importsOf = (file: string): string[] =>
  ts
    .preProcessFile(readFileSync(join(root, file), "utf8"), true, true)
    .importedFiles.map((imported) => imported.fileName);

const files = Object.keys(MAY_IMPORT).flatMap(sources);
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const localImports = new Map(
  [...imports].map(([file, names]) => [
    file,
    names
      .filter((name) => name.startsWith("."))
      .map((name) => relative(root, join(root, dirname(file), name))),
  ]),
);
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

describe("architecture", () => {
  it("keeps the rooms apart", () => {
    const wrong = [...localImports].flatMap(([file, targets]) =>
      targets
        .filter((target) => !MAY_IMPORT[file.split("/")[0] ?? ""]?.includes(target.split("/")[0] ?? ""))
        .map((target) => `${file} -> ${target}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("lets each library be known only where it belongs", () => {
    const wrong = [...imports].flatMap(([file, names]) =>
      names
        .filter((name) => {
          const allowed = ONLY_IN[packageOf(name)];
          return (
            allowed !== undefined &&
            !file.startsWith("lab/") &&
            !allowed.some((place) => file.startsWith(place))
          );
        })
        .map((name) => `${file} -> ${name}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("keeps Node out of what runs in browsers", () => {
    const shared = new Set<string>();
    const visit = (file: string): void => {
      if (shared.has(file)) return;
      shared.add(file);
      for (const next of localImports.get(file) ?? []) visit(next);
    };
    for (const file of files.filter((name) => name.startsWith("web/"))) visit(file);
    const wrong = [...shared].flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((name) => name.startsWith("node:") || name === "zod")
        .map((name) => `${file} -> ${name}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("has no import cycles", () => {
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const next of localImports.get(file) ?? []) visit(next, [...trail, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);

    expect(cycles).to.deep.equal([]);
  });

  it("touches the process only in main files and in shared/shutdown.ts", () => {
    const wrong = files.filter(
      (file) =>
        !/(^|\/)main\.ts$/.test(file) &&
        file !== "shared/shutdown.ts" &&
        !file.startsWith("lab/") &&
        /\bprocess\.(?:env|argv|exit|on|once)\b/.test(
          withoutComments(readFileSync(join(root, file), "utf8")),
        ),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("has no file over 500 lines", () => {
    const long = [...files, ...sources("test"), ...sources("docs")].filter(
      (file) => readFileSync(join(root, file), "utf8").split("\n").length > 500,
    );

    expect(long).to.deep.equal([]);
  });

  it("offers no way to turn certificate checks off", () => {
    const wrong = files.filter((file) =>
      /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/.test(
        readFileSync(join(root, file), "utf8"),
      ),
    );

    expect(wrong).to.deep.equal([]);
  });
});
