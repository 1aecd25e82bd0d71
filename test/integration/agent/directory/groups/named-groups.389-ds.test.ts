import { type Ds389, start389Ds } from "../../../../../lab/389-ds.ts";
import { type NamedGroupHost, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";

describe("groups and accounts that the configuration names, in 389 Directory Server", function () {
  this.timeout(60_000); // the first start makes the folder that all others copy
  let server: Ds389;
  let host: NamedGroupHost;
  let units = 0;

  before(async () => {
    server = await start389Ds({ people: 1, withPassword: 1 });
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
