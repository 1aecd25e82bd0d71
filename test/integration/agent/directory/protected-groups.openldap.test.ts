import { type OpenLdap, startOpenLdap } from "../../../../lab/openldap.ts";
import { type ProtectionHost, tellProtectionStories } from "../../../support/protection-stories.ts";

describe("a member of a group in OpenLDAP", () => {
  let server: OpenLdap;
  let host: ProtectionHost;

  before(async () => {
    server = await startOpenLdap({ people: 1, withPassword: 1, memberOf: true });
    const member = await server.addUser();
    const other = await server.addUser();
    const groupsDn = server.dn("ou=groups");
    await server.addGroup(`cn=Admins\\, EU,${groupsDn}`, [member.dn]);
    host = { server, bases: [server.peopleDn], groupsDn, member: member.id, other: other.id };
  });
  after(() => server.stop());

  tellProtectionStories(() => host);
});
