import { type OpenLdap, startOpenLdap } from "../../lab/openldap.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** One server for the whole run: tests make users and OUs of their own in it (`addUser`, `addUnit`). */
export const sharedOpenLdap: () => Promise<OpenLdap> = once(async () => {
  const server = await startOpenLdap();
  atEndOfRun(() => server.stop());
  return server;
});
