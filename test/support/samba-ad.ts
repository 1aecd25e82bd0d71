import { type SambaAd, startSambaAd } from "../../lab/samba-ad.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** One domain controller for the whole run: tests make users and OUs of their own in it. */
export const sharedSambaAd: () => Promise<SambaAd> = once(async () => {
  const server = await startSambaAd();
  atEndOfRun(() => server.stop());
  return server;
});
