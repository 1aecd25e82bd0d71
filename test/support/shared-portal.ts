import { type OpenLdapPeople, startOpenLdapPeople } from "./openldap-people.ts";
import { type PortalInstallation, startPortalInstallation } from "./portal-installation.ts";
import { atEndOfRun, once } from "./teardown.ts";

export interface SharedPortal extends PortalInstallation {
  readonly people: OpenLdapPeople;
}

/** Shares one installation in the whole run. Tests add their own users and leave agent and cloud running. */
export const openSharedPortal: () => Promise<SharedPortal> = once(async () => {
  const people = await startOpenLdapPeople();
  atEndOfRun(() => people.stop());
  const setup = await startPortalInstallation(people);
  atEndOfRun(() => setup.close());
  return { ...setup, people };
});
