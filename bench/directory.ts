/** The directory of the benchmarks: OpenLDAP with many people, and the bare operations that the product is held against. */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BerWriter, Client } from "ldapts";
import type { LabDirectory } from "../lab/installation.ts";
import { startOpenLdap } from "../lab/openldap.ts";
import { person } from "../lab/openldap-people.ts";

export interface BenchDirectory extends LabDirectory {
  readonly users: number;
  userName(index: number): string;
  /** The number as the directory stores it. */
  mobile(index: number): string;
  setMobile(index: number, mobile: string): Promise<void>;
  /** Does the bare operation: RFC 3062 as the writeback account, over one shared connection. */
  setPassword(index: number, password: string): Promise<void>;
  /** Arguments for ldapsearch, without filter and attributes. */
  readonly searchArguments: readonly string[];
  /** The attributes that the agent requests. */
  readonly attributes: readonly string[];
  stop(): Promise<void>;
}

const PASSWORD_MODIFY = "1.3.6.1.4.1.4203.1.11.1";

export async function benchDirectory(users: number): Promise<BenchDirectory> {
  const server = await startOpenLdap({ people: users, withPassword: Math.min(users, 200) });
  const client = new Client({
    url: server.url,
    timeout: 20_000,
    tlsOptions: { ca: await readFile(server.caFile) },
  });
  await client.bind(server.writebackAccount.dn, server.writebackAccount.password);
  // In the server's own folder, which goes when it stops; never among the arguments.
  const passwordFile = join(dirname(server.caFile), "sync-password");
  await writeFile(passwordFile, server.syncAccount.password, { mode: 0o600 });
  return {
    ...server,
    users,
    userName: (index) => person(index).name,
    mobile: (index) => person(index).mobile,
    setMobile: (index, mobile) => server.setMobile(person(index).name, mobile),
    async setPassword(index, password) {
      const request = new BerWriter();
      request.startSequence();
      request.writeString(person(index).dn, 0x80);
      request.writeString(password, 0x82);
      request.endSequence();
      await client.exop(PASSWORD_MODIFY, request.buffer);
    },
    searchArguments: [
      "-x",
      "-LLL",
      "-H",
      server.url,
      "-D",
      server.syncAccount.dn,
      "-y",
      passwordFile,
      "-b",
      server.peopleDn,
    ],
    attributes: ["entryUUID", "uid", "mail", "displayName", "cn", "mobile", "telephoneNumber"],
    async stop() {
      await client.unbind();
      await server.stop();
    },
  };
}
