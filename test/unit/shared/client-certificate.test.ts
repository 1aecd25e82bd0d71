import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { agentConfigSchema } from "../../../agent/config.ts";
import { type Authority, type ClientFiles, createAuthority } from "../../../lab/tls.ts";
import { type ClientCertificateFiles, readClientCertificate } from "../../../shared/client-certificate.ts";
import { Secret } from "../../../shared/secret.ts";

describe("a client certificate in files", () => {
  let folder: string;
  let authority: Authority;
  let good: ClientFiles;
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Buffer =>
    execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(at(name), content);
    return at(name);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-client-"));
    authority = await createAuthority(folder);
    good = await authority.issueClient("svc-sync");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const problemOf = (files: Partial<ClientCertificateFiles>): string => {
    const read = readClientCertificate({ ...good, ...files });
    return "problem" in read ? `${read.key} ${read.problem}` : "none";
  };

  it("gives the subject and the end", () => {
    const read = readClientCertificate(good);
    if ("problem" in read) throw new Error(read.problem);
    expect(read.subject).to.equal("CN=svc-sync, OU=machines, O=Latchkey");
    expect(read.validUntil).to.be.greaterThan(Date.now());
  });

  it("is refused with the reason, and the command that converts it", async () => {
    const { certificateFile, keyFile } = good;
    const der = await write("c.der", openssl("x509", "-in", certificateFile, "-outform", "der"));
    const keyDer = await write("k.der", openssl("pkey", "-in", keyFile, "-outform", "der"));
    const bundle = ["pkcs12", "-export", "-in", certificateFile, "-inkey", keyFile, "-passout", "pass:x"];
    const p12 = await write("c.p12", openssl(...bundle));
    const empty = await write("empty.pem", "");
    const damaged = await write(
      "damaged.pem",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    const server = await authority.issue("server", ["127.0.0.1"]);

    expect(problemOf({ certificateFile: at("none") })).to.equal(
      "certificateFile cannot be read: there is no such file",
    );
    expect(problemOf({ certificateFile: der })).to.match(/is DER; convert it with: openssl x509 -inform der/);
    expect(problemOf({ certificateFile: p12 })).to.match(/PKCS #12 file .* openssl pkcs12/);
    expect(problemOf({ certificateFile: empty })).to.equal("certificateFile is empty");
    expect(problemOf({ certificateFile: damaged })).to.equal(
      "certificateFile has a certificate that is damaged",
    );
    expect(problemOf({ certificateFile: keyFile })).to.match(/has a private key and no certificate/);
    expect(problemOf({ certificateFile: server.certFile })).to.match(/not for TLS clients: .*clientAuth/);
    expect(problemOf({ keyFile: certificateFile })).to.equal("keyFile has a certificate and no private key");
    expect(problemOf({ keyFile: keyDer })).to.match(/no private key in PEM; .* openssl pkey -inform der/);
  });

  it("is refused when the key is another one's, or encrypted and its password missing or wrong", async () => {
    const other = await authority.issueClient("svc-other");
    const locked = await authority.issueClient("svc-locked", { keyPassword: "Key-Passw0rd" });

    expect(problemOf({ keyFile: other.keyFile })).to.equal(
      `keyFile does not belong to the first certificate in ${good.certificateFile}`,
    );
    expect(problemOf(locked)).to.match(/keyFile is encrypted: .*keyPasswordFile/);
    expect(problemOf({ ...locked, keyPassword: new Secret("wrong") })).to.match(
      /cannot be opened with the password/,
    );
    expect(problemOf({ ...locked, keyPassword: new Secret("Key-Passw0rd") })).to.equal("none");
  });

  it("and a password are two ways of which the configuration names one", () => {
    const problemsOf = (bind: Readonly<Record<string, string>>): string[] => {
      const parsed = agentConfigSchema.safeParse({
        cloud: { url: "https://cloud.example" },
        directory: { servers: ["ldaps://dc.example"], bases: [{ dn: "dc=example" }], bind },
      });
      return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
    };
    const either = "dn and passwordFile, or certificateFile and keyFile";
    expect(problemsOf({ ...good })).to.deep.equal([]);
    expect(problemsOf({ dn: "cn=a", password: "b" })).to.deep.equal([]);
    expect(problemsOf({})).to.deep.equal([`directory.bind: needs ${either}`]);
    expect(problemsOf({ ...good, dn: "cn=a" })).to.deep.equal([
      `directory.bind: needs either ${either}, not both`,
    ]);
    expect(problemsOf({ dn: "cn=a" })).to.deep.equal([
      "directory.bind.passwordFile: is missing: a dn needs one",
    ]);
    expect(problemsOf({ certificateFile: good.certificateFile })).to.deep.equal([
      "directory.bind.keyFile: is missing: certificateFile needs one",
    ]);
    expect(problemsOf({ ...good, keyFile: at("none") })).to.deep.equal([
      `directory.bind.keyFile: ${at("none")} cannot be read: there is no such file`,
    ]);
  });
});
