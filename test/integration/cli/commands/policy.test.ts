import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";
import { type CloudAgent, connectCloudAgent } from "../../../support/cloud-agent.ts";
import { testUser } from "../../../support/directory-users.ts";
import { latchkey, type OpsResult } from "../../../support/ops-client.ts";

const EXAMPLE = join(import.meta.dirname, "../../../../config/policy.example.yaml");
const AAL2_EXAMPLE = EXAMPLE.replace("policy.example", "policy.aal2.example");

describe("latchkey, for the portals", () => {
  let cloud: TestCloud;
  let tenantId: string;
  let directory: string;

  before(async () => {
    cloud = await sharedCloud();
    directory = await mkdtemp(join(tmpdir(), "latchkey-cli-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
  });

  const run = (...argv: string[]): Promise<OpsResult> => latchkey(cloud, tenantId, argv);
  async function file(content: string | Buffer, name: string = newId()): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  }

  describe("policy", () => {
    it("is printed, validated, compared and applied as a file (P05)", async () => {
      const empty = await run("policy", "get");
      const validate = await run("policy", "validate", EXAMPLE);
      const diff = await run("policy", "diff", EXAMPLE);
      const dry = await run("policy", "apply", EXAMPLE, "--dry-run");
      const apply = await run("policy", "apply", EXAMPLE, "--expect", "0");
      const got = await run("policy", "get");

      expect(empty.out).to.contain(
        "# No policy has been applied yet, so self-service is off.\nscope: none\n",
      );
      expect([validate.exit, validate.out]).to.deep.equal([0, `${EXAMPLE} is a valid policy.\n`]);
      expect(diff.out)
        .to.contain("scope: none → groups  (less strict)\n")
        .and.to.contain("phoneRegion: US → BE\n");
      expect(dry.out).to.equal(`${diff.out}Dry run: nothing was changed. Version 0 is in force.\n`);
      expect(apply.out).to.equal(`${diff.out}Version 1 is now in force.\n`);
      expect(got.out).to.match(/^# Version 1, applied 20.*\nscope: groups\n/);

      const again = await file(got.out);
      expect((await run("policy", "diff", again, "--exit-code")).out).to.equal("No difference.\n");
      expect((await run("policy", "apply", again)).out).to.equal(
        "No difference.\nVersion 1 is now in force.\n",
      );
    });

    it("ends with 4 when there is a difference and --exit-code is given", async () => {
      const policy = await file("scope: all\n");

      expect((await run("policy", "diff", policy)).exit).to.equal(0);
      expect((await run("policy", "diff", policy, "--exit-code")).exit).to.equal(4);
    });

    it("is validated without a cloud; wrong lines are listed with path and line, and the exit code is 2", async () => {
      const policy = await file("scope: all\ndefault:\n  methods: [fax]\n  unlok: false\n");
      const world = { LATCHKEY_URL: undefined, LATCHKEY_API_KEY_FILE: undefined };

      const human = await latchkey(cloud, tenantId, ["policy", "validate", policy], world);
      const script = await latchkey(cloud, tenantId, ["policy", "validate", policy, "--json"], world);
      const good = await latchkey(cloud, tenantId, ["policy", "validate", EXAMPLE, "--json"], world);

      expect([human.exit, script.exit, good.exit]).to.deep.equal([2, 2, 0]);
      expect(human.err)
        .to.contain(`${policy} is not a valid policy:\n`)
        .and.to.match(/^ {2}line 3: default\.methods\.0: must be one of: text, /m)
        .and.to.match(/^ {2}line 4: default\.unlok: is not a known key$/m)
        .and.to.contain("[POLICY_INVALID]");
      const { details } = JSON.parse(script.err) as { details: { problems: object[] } };
      expect(details.problems[1]).to.deep.equal({
        path: "default.unlok",
        line: 4,
        problem: "is not a known key",
      });
      expect(good.json()).to.have.nested.property("policy.scope", "groups");
    });

    it("is held to a profile on request, and by the cloud once it names the profile", async () => {
      const plain = await file("scope: all\n\ndefault:\n  notifyUser: false\n");
      const named = { profile: "aal2", scope: "all" };

      const open = await run("policy", "validate", plain);
      const held = await run("policy", "validate", plain, "--profile", "aal2");
      const kept = await run("policy", "validate", AAL2_EXAMPLE, "--profile", "aal2");
      const refused = await cloud.api("PUT", `/api/v1/tenants/${tenantId}/policy`, { policy: named });
      const applied = await run("policy", "apply", AAL2_EXAMPLE);

      expect([open.exit, held.exit, kept.exit, applied.exit]).to.deep.equal([0, 2, 0, 0]);
      expect(held.err).to.match(/^ {2}line 4: default\.notifyUser: must be true in the profile aal2: /m);
      expect(kept.out).to.equal(`${AAL2_EXAMPLE} is a valid policy that keeps the profile aal2.\n`);
      expect(refused.status).to.equal(422);
      expect(JSON.stringify(refused.body)).to.contain(
        "policy.default.methodsRequired: must be 2 in the profile",
      );
      expect((await run("policy", "get")).out).to.contain("\nprofile: aal2\n");
    });

    it("is not sent when it is not valid, and not applied over a newer version", async () => {
      const bad = await file("scope: perhaps\n");
      const good = await file("scope: all\n");

      expect((await run("policy", "apply", bad)).exit).to.equal(2);
      expect((await run("policy", "apply", good, "--expect", "3")).err).to.contain("POLICY_CHANGED");
      expect((await run("policy", "apply", good, "--expect", "3")).exit).to.equal(4);
      expect((await run("policy", "apply", join(directory, "none"))).exit).to.equal(2);
      expect((await run("policy", "get")).out).to.contain("scope: none");
    });
  });

  describe("tenant", () => {
    it("gets branding and loses it again", async () => {
      const logo = await file('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "logo.svg");
      const set = ["tenant", "set", tenantId];

      const dressed = await run(...set, "--colour", "#0B4F8A", "--logo", logo, "--portal-name", "Accounts");
      const plain = await run(...set, "--no-colour", "--no-logo", "--no-portal-name", "--json");

      expect(dressed.exit, dressed.err).to.equal(0);
      expect(dressed.out).to.contain("Accounts, #0b4f8a, logo");
      expect(plain.json()).to.deep.include({ settings: {}, logo: null });
    });

    it("is not changed when any part of the branding is wrong", async () => {
      const script = await file("<svg><script/></svg>");
      const set = ["tenant", "change", "--colour", "#0b4f8a"];

      const light = await run("tenant", "change", "--colour", "#ffcc00");
      const gone = await run(...set, "--logo", join(directory, "none"));
      const large = await run(...set, "--logo", await file(Buffer.alloc(70_000)));
      const unsafe = await run("tenant", "change", "--logo", script);

      expect([light.exit, gone.exit, large.exit, unsafe.exit]).to.deep.equal([2, 2, 2, 2]);
      expect(light.err).to.contain("is too light");
      expect(gone.err).to.contain("cannot be read");
      expect(large.err).to.contain("64 KiB");
      expect(unsafe.err).to.contain("<script>").and.to.contain("LOGO_INVALID");
      expect((await run("tenant", "show", "--json")).json()).to.deep.include({ settings: {}, logo: null });
    });
  });

  describe("for the helpdesk", () => {
    let peer: CloudAgent;
    beforeEach(async () => {
      peer = await connectCloudAgent(cloud, tenantId);
      await peer.sync([testUser(1)]);
    });
    afterEach(() => peer.close());

    it("shows and deletes the methods of a user", async () => {
      const methods = await run("user", "methods", "user1");
      const show = await run("user", "show", "user1");
      const forget = await run("user", "forget-methods", "user1");

      expect(methods.out)
        .to.match(/METHOD +VALUE +FROM +CONFIRMED\nmobile +\+32 \*\*\* \*\*01 +directory +-\n/)
        .and.to.contain("The user has never confirmed these methods.");
      expect(show.out).to.contain(methods.out).and.to.contain("first seen in the directory");
      expect([forget.exit, forget.out]).to.deep.equal([0, "user1 had no registered methods.\n"]);
    });

    it("unblocks a user", async () => {
      const { exit, out } = await run("user", "unblock", "user1");

      expect([exit, out]).to.deep.equal([0, "user1 was not blocked.\n"]);
      expect((await run("user", "unblock", "user1", "--json")).json()).to.deep.equal({ cleared: 0 });
    });

    it("lists messages by their reference", async () => {
      const policy = await file("admins: { emails: [team@contoso.com] }\n");
      const none = await run("delivery", "list");
      await run("policy", "apply", policy);

      const all = await run("delivery", "list", "--json");
      const { items } = all.json() as { items: { correlationId: string; kind: string }[] };
      const one = await run("delivery", "list", "--correlation", items[0]?.correlationId ?? "");
      const other = await run("delivery", "list", "--correlation", "another");

      expect(none.out).to.equal("No messages.\n");
      expect(items.map(({ kind }) => kind)).to.deep.equal(["admin_policy_changed"]);
      expect(one.out)
        .to.match(/AT +MESSAGE +BY +TO +STATE/)
        .and.to.contain("admin policy changed");
      expect(other.out).to.equal("No messages.\n");
    });
  });
});
