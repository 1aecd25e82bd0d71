import { type ApacheDs, startApacheDs } from "../../lab/apacheds.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** Shares one server in the whole run: it takes seconds to start. Tests add their own users and OUs (`addUser`, `addUnit`). */
export const sharedApacheDs: () => Promise<ApacheDs> = once(async () => {
  const server = await startApacheDs();
  atEndOfRun(() => server.stop());
  return server;
});
