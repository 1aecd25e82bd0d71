import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TlsOptions } from "node:tls";
import { promisify } from "node:util";
import { expect } from "chai";
import { dial } from "../../../../../agent/directory/ldap/dial.ts";
import { createAuthority } from "../../../../../lab/tls.ts";
import { isAppError } from "../../../../../shared/errors.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

const run = promisify(execFile);

async function errorOf(url: string, caFile: string): Promise<{ code: string; message: string }> {
  try {
    (
      await dial({ url, startTls: url.startsWith("ldap:"), caFile, client: null, connectTimeoutMs: 10_000 })
    ).destroy();
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error("the connection was accepted");
}

describe("why TLS with a directory server failed", () => {
  let directory: string;
  let caFile: string;
  const servers: Server[] = [];
  const at = (name: string): string => join(directory, name);

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
    server.on("close", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `ldaps://127.0.0.1:${address.port}`;
  }
  /** A server with a certificate by the authority, made as the openssl command is told. */
  async function serve(
    name: string,
    make: { readonly key?: string; readonly sign?: readonly string[]; readonly subject?: string } = {},
    options: TlsOptions = {},
  ): Promise<string> {
    const { key = "rsa:2048", sign = ["-sha256", "-days", "5"], subject = "IP:127.0.0.1" } = make;
    const files = [`${name}.key`, `${name}.csr`, `${name}.ext`, `${name}.pem`].map(at);
    const [keyFile = "", request = "", extensions = "", certificate = ""] = files;
    await writeFile(extensions, `subjectAltName=${subject}\n`);
    const seclevel = { ...process.env, OPENSSL_CONF: "/dev/null" };
    await run(
      "openssl",
      ["req", "-new", "-newkey", key, "-nodes", "-keyout", keyFile, "-out", request].concat([
        "-subj",
        "/CN=x",
      ]),
      { env: seclevel },
    );
    await run("openssl", [
      "x509",
      "-req",
      "-in",
      request,
      "-CA",
      caFile,
      "-CAkey",
      at("ca.key"),
      "-CAcreateserial",
      "-out",
      certificate,
      "-extfile",
      extensions,
      ...sign,
    ]);
    const tls = { key: await readFile(keyFile), cert: await readFile(certificate) };
    return listen(
      createServer({ ...tls, ciphers: "DEFAULT:@SECLEVEL=0", ...options }).on(
        "tlsClientError",
        () => undefined,
      ),
    );
  }
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-tls-"));
    caFile = (await createAuthority(directory)).caFile;
  });
  after(async () => {
    for (const server of servers) server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("is said in words: TLS 1.1 at most", async () => {
    const url = await serve("old", {}, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" });

    const { code, message } = await errorOf(url, caFile);

    expect(code).to.equal("DIRECTORY_TLS_FAILED");
    expect(message).to.contain("TLS 1.1 or older").and.not.to.contain("cannot be reached");
  });

  it("is said in words: a certificate signed with SHA-1", async () => {
    const { code, message } = await errorOf(await serve("sha1", { sign: ["-sha1", "-days", "5"] }), caFile);

    expect(code).to.equal("DIRECTORY_CERTIFICATE_INVALID");
    expect(message).to.contain("SHA-1 or MD5; issue it with SHA-256");
  });

  it("is said in words: a key of 768 bits", async () => {
    const { code, message } = await errorOf(await serve("weak", { key: "rsa:768" }), caFile);

    expect(code).to.equal("DIRECTORY_CERTIFICATE_INVALID");
    expect(message).to.contain("too short; use RSA with 2048 bits or more");
  });

  it("is said in words: an expired certificate", async () => {
    const sign = ["-sha256", "-not_before", "20200101000000Z", "-not_after", "20200201000000Z"];
    let url: string;
    try {
      url = await serve("expired", { sign });
    } catch {
      url = await serve("expired", { sign: ["-sha256", "-days", "-1"] }); // OpenSSL before 3.4
    }

    const { code, message } = await errorOf(url, caFile);

    expect(code).to.equal("DIRECTORY_CERTIFICATE_INVALID");
    expect(message).to.contain("has expired; renew it");
  });

  it("is said in words: another name, an unknown authority, and a certificate of its own", async () => {
    const server = await sharedOpenLdap();
    const own = await listen(
      createServer({ key: await readFile(at("ca.key")), cert: await readFile(caFile) }).on(
        "tlsClientError",
        () => undefined,
      ),
    );

    const otherName = await errorOf(await serve("name", { subject: "DNS:dc1.example.com" }), caFile);
    const unknown = await errorOf(server.url, caFile);
    const selfSigned = await errorOf(own, server.caFile);

    for (const { code } of [otherName, unknown, selfSigned])
      expect(code).to.equal("DIRECTORY_CERTIFICATE_INVALID");
    expect(otherName.message).to.contain("dc1.example.com");
    expect(unknown.message).to.contain("authority that issued it is not known to this host");
    expect(selfSigned.message).to.contain("is self-signed");
  });

  it("is said in words: a server that does not speak TLS on the port", async () => {
    const plain = await listen(createTcpServer((socket) => socket.end("220 mail.example.com ready\r\n")));

    const { code, message } = await errorOf(plain, caFile);

    expect(code).to.equal("DIRECTORY_TLS_FAILED");
    expect(message).to.contain("does not speak TLS on this port");
  });

  it("names the right port when ldaps:// goes to 389, and StartTLS to 636", async () => {
    const ad = await sharedSambaAd();

    const ldaps = await errorOf(`ldaps://${ad.address}:389`, ad.caFile);
    const startTls = await errorOf(`ldap://${ad.address}:636`, ad.caFile);

    expect(ldaps.message).to.contain("Port 389 is for ldap:// with startTls: true; ldaps:// uses port 636");
    expect(startTls.message).to.contain(
      "Port 636 is for ldaps://; ldap:// with startTls: true uses port 389",
    );
    for (const { code } of [ldaps, startTls]) expect(code).to.equal("DIRECTORY_TLS_FAILED");
  });

  it("is about the file of authorities, when that has none any more", async () => {
    const server = await sharedOpenLdap();

    const { code, message } = await errorOf(server.url, at("ca.key"));

    expect(code).to.equal("DIRECTORY_CERTIFICATE_INVALID");
    expect(message).to.contain("directory.caFile").and.to.contain("has a private key and no certificate");
  });
});
