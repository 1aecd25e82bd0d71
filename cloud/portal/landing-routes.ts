/** The first page: links to everything the portals offer. */
import type { FastifyInstance } from "fastify";
import { type Html, html } from "./html.ts";
import { sendPage } from "./layout.ts";
import type { PortalServices } from "./portal-services.ts";

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

  // No user name has been typed yet, so the tenant is the default or the only one.
  app.get("/captcha", async (request) => captcha.challenge(request.ip, (await portal.findTenant(""))?.id));
}
