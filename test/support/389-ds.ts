import { type Ds389, start389Ds } from "../../lab/389-ds.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** Shares one server in the whole run. Tests add their own users and OUs (`addUser`, `addUnit`). */
export const shared389Ds: () => Promise<Ds389> = once(async () => {
  const server = await start389Ds();
  atEndOfRun(() => server.stop());
  return server;
});
