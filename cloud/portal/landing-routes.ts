/** The first page: links to everything the portals offer. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Html, html } from "./html.ts";
import { sendPage } from "./layout.ts";
import type { PortalServices } from "./portal-services.ts";

/** `for`: the end of the user name that finds the tenant, `@contoso.com`. */
const challengeQuerySchema = z.object({ for: z.string().max(256).catch("") });

export function landingRoutes(app: FastifyInstance, portal: PortalServices): void {
  const { contexts, captcha } = portal;
  app.get("/", async (request, reply) => {
    const context = await contexts.of(request, reply, { path: "/", tenantId: null });
    const { landing } = context.texts;
    const option = (address: string, title: string, hint: string): Html =>
      html`<li>
        <a class="option" href="${address}"
          ><span><strong>${title}</strong><small>${hint}</small></span></a
        >
      </li>`;
    return sendPage(reply, context, {
      title: landing.title,
      screen: "landing",
      body: html`<h1>${landing.title}</h1>
        <p class="lead">${landing.lead}</p>
        <ul class="options">
          ${option("/reset", landing.forgot, landing.forgotHint)}
          ${option("/reset", landing.locked, landing.lockedHint)}
          ${option("/register", landing.register, landing.registerHint)}
          ${option("/change", landing.change, landing.changeHint)}
        </ul>`,
    });
  });

  // Before a user name is typed, the tenant is the default or the only one.
  app.get("/captcha", async (request) => {
    const { for: userName } = challengeQuerySchema.parse(request.query);
    return captcha.challenge(request.ip, (await portal.findTenant(userName))?.id);
  });
}
