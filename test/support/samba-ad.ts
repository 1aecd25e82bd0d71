import { type SambaAd, startSambaAd } from "../../lab/samba-ad.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** Shares one domain controller in the whole run. Tests add their own users and OUs. */
export const sharedSambaAd: () => Promise<SambaAd> = once(async () => {
  const server = await startSambaAd();
  atEndOfRun(() => server.stop());
  return server;
});
