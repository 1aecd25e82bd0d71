import { type OpenLdap, startOpenLdap } from "../../lab/openldap.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** Shares one server in the whole run. Tests add their own users and OUs (`addUser`, `addUnit`). */
export const sharedOpenLdap: () => Promise<OpenLdap> = once(async () => {
  const server = await startOpenLdap();
  atEndOfRun(() => server.stop());
  return server;
});
