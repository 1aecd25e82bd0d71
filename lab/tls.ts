/** A small certificate authority for the lab's servers, made with the openssl command. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface Authority {
  readonly caFile: string;
  /**
   * Issues a certificate for these names and addresses, in files beside the authority's. `days` until it ends, 3650 when left out;
   * negative: it ended that many days ago.
   */
  issue(name: string, subjects: readonly string[], days?: number): Promise<ServerCertificateFiles>;
  /** Issues a certificate for the TLS client `cn=<name>,ou=<unit>,o=Latchkey`. Replaces the files of an earlier one. */
  issueClient(name: string, options?: ClientCertificateOptions): Promise<ClientFiles>;
}

interface ClientCertificateOptions {
  /** Days until it ends, 3650 when left out; negative: it ended that many days ago. */
  readonly days?: number;
  /** Its organisational unit, "machines" when left out. */
  readonly unit?: string;
  /** Encrypts the key. */
  readonly keyPassword?: string;
}

export interface ServerCertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ClientFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes an authority in `directory`. The caller removes the folder. */
export async function createAuthority(directory: string): Promise<Authority> {
  const at = (file: string): string => join(directory, file);
  const caFile = at("ca.pem");
  await openssl(
    ["req", "-x509", ...NEW_KEY, "-keyout", at("ca.key"), "-out", caFile, "-days", "3650"].concat([
      "-subj",
      "/CN=Latchkey laboratory",
    ]),
  );
  return authorityIn(directory);
}

/** Returns the authority that `createAuthority` made in this folder, or in the one that it is a copy of. */
export function authorityIn(directory: string): Authority {
  const at = (file: string): string => join(directory, file);
  const caFile = at("ca.pem");
  return {
    caFile,
    async issue(name, subjects, days = 3650) {
      const [certFile, keyFile, request, extensions] = ["pem", "key", "csr", "ext"].map((ending) =>
        at(`${name}.${ending}`),
      ) as [string, string, string, string];
      const names = subjects.map((subject) =>
        /^[\d.]+$|:/.test(subject) ? `IP:${subject}` : `DNS:${subject}`,
      );
      await writeFile(extensions, `subjectAltName=${names.join(",")}\nextendedKeyUsage=serverAuth\n`);
      await openssl([
        "req",
        ...NEW_KEY,
        "-keyout",
        keyFile,
        "-out",
        request,
        "-subj",
        `/CN=${subjects[0] ?? name}`,
      ]);
      await openssl(
        ["x509", "-req", "-in", request, "-CA", caFile, "-CAkey", at("ca.key"), "-CAcreateserial"].concat([
          "-days",
          days.toString(),
          "-out",
          certFile,
          "-extfile",
          extensions,
        ]),
      );
      return { certFile, keyFile };
    },
    async issueClient(name, { days = 3650, unit = "machines", keyPassword } = {}) {
      const [certificateFile, keyFile, request, extensions] = ["pem", "key", "csr", "ext"].map((ending) =>
        at(`client-${name}.${ending}`),
      ) as [string, string, string, string];
      await writeFile(extensions, "extendedKeyUsage=clientAuth\n");
      const subject = ["-subj", `/O=Latchkey/OU=${unit}/CN=${name}`];
      const newKey =
        keyPassword === undefined ? NEW_KEY : [...NEW_KEY.slice(0, -1), "-passout", `pass:${keyPassword}`];
      await openssl(["req", ...newKey, "-keyout", keyFile, "-out", request, ...subject]);
      const issuer = ["-CA", caFile, "-CAkey", at("ca.key"), "-CAcreateserial"];
      const files = ["-in", request, "-out", certificateFile, "-extfile", extensions];
      await openssl(["x509", "-req", ...issuer, "-days", days.toString(), ...files]);
      return { certificateFile, keyFile };
    },
  };
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await run("openssl", args);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error("openssl is missing: apt-get install openssl", { cause: error });
    throw error;
  }
}
