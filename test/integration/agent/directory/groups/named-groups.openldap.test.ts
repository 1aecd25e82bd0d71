import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { type NamedGroupHost, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";

describe("groups and accounts that the configuration names, in OpenLDAP", () => {
  let server: OpenLdap;
  let host: NamedGroupHost;
  let units = 0;

  before(async () => {
    server = await startOpenLdap({ people: 1, withPassword: 1 });
    host = {
      server,
      addGroup: (dn, members) => server.addGroup(dn, members),
      async newUnit() {
        const unit = server.dn(`ou=named ${++units}`);
        await server.addUnit(unit);
        return unit;
      },
    };
  });
  after(() => server.stop());

  tellNamedGroupStories(() => host);
});
