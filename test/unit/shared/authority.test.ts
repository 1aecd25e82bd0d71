import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { createAuthority } from "../../../lab/tls.ts";
import { authorityOf, readAuthority } from "../../../shared/authority.ts";
import { isAppError } from "../../../shared/errors.ts";

const run = promisify(execFile);

describe("a file with certificate authorities", () => {
  let directory: string;
  let pem: string;
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, content);
    return file;
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-authority-"));
    pem = await readFile((await createAuthority(directory)).caFile, "utf8");
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it("is read as PEM, with several certificates and text between them, and as DER", async () => {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
    const bundle = await write(
      "bundle.pem",
      `# the first\n${pem}\n# the second\r\n${pem.replaceAll("\n", "\r\n")}`,
    );

    expect(readAuthority(await write("ca.cer", der))).to.deep.equal({ pem });
    expect(readAuthority(bundle)).to.deep.equal({ pem: pem + pem });
    expect(readAuthority(await write("bom.pem", `\uFEFF${pem}`))).to.deep.equal({ pem });
  });

  it("with a key beside the certificate gives the certificate alone", async () => {
    const key = await readFile(join(directory, "ca.key"), "utf8");

    expect(readAuthority(await write("both.pem", key + pem))).to.deep.equal({ pem });
  });

  it("without a certificate is refused, with the reason", async () => {
    const at = (name: string): string => join(directory, name);
    await run("openssl", ["req", "-new", "-key", at("ca.key"), "-out", at("request.pem"), "-subj", "/CN=x"]);
    await run("openssl", ["crl2pkcs7", "-nocrl", "-certfile", at("ca.pem"), "-out", at("ca.p7b")]);
    const cases: readonly [string, RegExp][] = [
      [at("nowhere.pem"), /^cannot be read: there is no such file/],
      [directory, /^cannot be read: it is a directory/],
      [await write("empty.pem", "\n"), /^is empty/],
      [at("ca.key"), /^has a private key and no certificate/],
      [at("request.pem"), /^has a certificate request and no certificate/],
      [at("ca.p7b"), /^is a PKCS #7 file: convert it/],
      [await write("damaged.pem", pem.replace(/MII.{20}/, "MIIabc")), /^has a certificate that is damaged/],
      [await write("cut.pem", pem.slice(0, 200)), /^has no certificate/],
      [await write("text.pem", "not a certificate"), /^has no certificate/],
    ];
    for (const [file, expected] of cases) {
      const read = readAuthority(file);
      expect("problem" in read && read.problem, file).to.match(expected);
    }
  });

  it("is named with its key and its path when it cannot be used", async () => {
    const file = await write("none.pem", "");
    try {
      authorityOf("directory.caFile", file, "DIRECTORY_CERTIFICATE_INVALID");
      expect.fail("nothing was thrown");
    } catch (error) {
      expect(isAppError(error, "DIRECTORY_CERTIFICATE_INVALID") && error.message).to.equal(
        `directory.caFile: ${file} is empty.`,
      );
    }
  });
});
