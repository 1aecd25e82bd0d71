import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { notifyConfigSchema } from "../../../../../cloud/config/notify.ts";
import { createSmtpProvider } from "../../../../../cloud/notify/providers/smtp-provider.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { newId } from "../../../../../shared/ids.ts";
import { smtpProvider } from "../../../../support/notifier-node.ts";
import { startSmtpServer } from "../../../../support/smtp-server.ts";

/** RFC 6376 3.4.2. */
const relaxedHeader = (line: string): string => {
  const colon = line.indexOf(":");
  const value = line
    .slice(colon + 1)
    .replace(/\r\n/g, "")
    .replace(/[ \t]+/g, " ")
    .trim();
  return `${line.slice(0, colon).trim().toLowerCase()}:${value}`;
};
/** RFC 6376 3.4.4. */
const relaxedBody = (body: string): string => {
  const lines = body.split("\r\n").map((line) => line.replace(/[ \t]+/g, " ").replace(/ $/, ""));
  const text = lines.join("\r\n").replace(/(?:\r\n)*$/, "");
  return text === "" ? "" : `${text}\r\n`;
};

/** Verifies the only DKIM signature of a mail (RFC 6376 6.1) with the key that DNS would have. Returns its tags. */
function verifyDkim(raw: string, key: KeyObject): ReadonlyMap<string, string> {
  const end = raw.indexOf("\r\n\r\n");
  const headers = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const signature = headers.find((line) => /^dkim-signature:/i.test(line)) ?? "";
  const tags = new Map(
    signature
      .slice(signature.indexOf(":") + 1)
      .split(";")
      .map((tag) => [
        tag.slice(0, tag.indexOf("=")).trim(),
        tag.slice(tag.indexOf("=") + 1).replace(/\s+/g, ""),
      ]),
  );
  const bodyHash = createHash("sha256")
    .update(relaxedBody(raw.slice(end + 4)))
    .digest("base64");
  expect(tags.get("bh"), "the hash of the body").to.equal(bodyHash);
  const signed = (tags.get("h") ?? "")
    .split(":")
    .map((name) => headers.findLast((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
    .filter((line) => line !== undefined)
    .map(relaxedHeader);
  const unsigned = relaxedHeader(signature.replace(/([;\s]b=)[^;]*/, "$1"));
  const isGenuine = verify(
    "sha256",
    Buffer.from([...signed, unsigned].join("\r\n")),
    key,
    Buffer.from(tags.get("b") ?? "", "base64"),
  );
  expect(isGenuine, "the signature").to.equal(true);
  return tags;
}

describe("the DKIM signature of a mail", () => {
  let folder: string;
  let keyFile: string;
  let publicKey: KeyObject;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-dkim-"));
    keyFile = await writeKey("rsa.key", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function writeKey(name: string, key: KeyObject): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    if (key.asymmetricKeyType === "rsa") publicKey = createPublicKey(key);
    return file;
  }
  const problemsOf = (changes: Readonly<Record<string, unknown>>): string =>
    notifyConfigSchema
      .safeParse({
        email: [
          smtpProvider(
            { port: 25 },
            { dkim: { domain: "contoso.example", selector: "s1", keyFile, ...changes } },
          ),
        ],
      })
      .error?.issues.map(({ message }) => message)
      .join("\n") ?? "";

  it("verifies with the public key, and covers sender, recipient, subject and text", async () => {
    const server = await startSmtpServer();
    const [entry] = notifyConfigSchema.parse({
      email: [smtpProvider(server, { dkim: { domain: "contoso.example", selector: "latchkey1", keyFile } })],
    }).email;
    if (entry === undefined) throw new Error("no provider");
    const provider = createSmtpProvider(entry, systemClock);
    try {
      await provider.send({
        id: newId(),
        tenantId: "contoso",
        correlationId: newId(),
        kind: "test",
        language: "fr",
        to: "ann@contoso.example",
        expiresAt: null,
        otp: null,
        content: {
          channel: "email",
          subject: "Réinitialisation  du mot de passe",
          text: "Bonjour,\n\nun  texte  \n.\n..fin\n\n\n",
          html: "<p>Bonjour, ça va ?</p>",
        },
      });

      const [mail] = await server.mailsTo("ann@contoso.example");
      const tags = verifyDkim(mail?.raw ?? "", publicKey);
      expect([tags.get("d"), tags.get("s"), tags.get("a")]).to.deep.equal([
        "contoso.example",
        "latchkey1",
        "rsa-sha256",
      ]);
      expect((tags.get("h") ?? "").split(":")).to.include.members([
        "from",
        "to",
        "subject",
        "date",
        "message-id",
      ]);
      expect(() => verifyDkim((mail?.raw ?? "").replace("Bonjour", "Bonsoir"), publicKey)).to.throw(
        "the hash of the body",
      );
      expect(() =>
        verifyDkim((mail?.raw ?? "").replace(/^From: .*$/m, "From: eve@evil.example"), publicKey),
      ).to.throw("the signature");
    } finally {
      await provider.close();
      await server.close();
    }
  });

  it("is refused at start with a key that it cannot be made with", async () => {
    const ed25519 = await writeKey("ed25519.key", generateKeyPairSync("ed25519").privateKey);
    const short = generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey;
    const shortFile = join(folder, "short.key");
    await writeFile(shortFile, short.export({ type: "pkcs8", format: "pem" }));
    const noKey = join(folder, "no.key");
    await writeFile(noKey, "nothing");

    expect(problemsOf({ keyFile: ed25519 })).to.contain("has no RSA key; make one with: openssl genrsa");
    expect(problemsOf({ keyFile: shortFile })).to.contain("less than 1024 bits");
    expect(problemsOf({ keyFile: noKey })).to.contain("has no private key in PEM");
    expect(problemsOf({ keyFile: join(folder, "missing") })).to.match(/there is no such file$/);
  });

  it("is refused at start for another domain than the sender's, which DMARC would not count", () => {
    expect(problemsOf({ domain: "fabrikam.example" })).to.contain("must be the domain of fromAddress");
    expect(problemsOf({ domain: "oso.example" })).to.contain("must be the domain of fromAddress");
    expect(problemsOf({})).to.equal("");
  });
});
