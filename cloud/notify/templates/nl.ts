import type { Catalogue } from "./catalogue.ts";

export const nl: Catalogue = {
  otp: {
    subject: "Uw code voor {tenant}",
    before: "Uw code is:",
    after: [
      "De code is {minutes} minuten geldig en werkt één keer. Typ ze op de pagina waar u ze hebt gevraagd.",
      "Niemand zal u ooit om deze code vragen, niet per telefoon en niet per e-mail. Hebt u geen code gevraagd, geef ze dan aan niemand.",
    ],
    text: "{tenant}: {otp} is uw code. Niemand zal u er ooit om vragen.",
    call: {
      intro: "Goedendag. Dit is {tenant} met de code die u hebt gevraagd. Uw code is:",
      again: "Nog een keer. Uw code is:",
      end: "Niemand zal u ooit om deze code vragen. Tot ziens.",
    },
  },
  notices: {
    password_reset: {
      subject: "Uw wachtwoord is opnieuw ingesteld",
      lines: [
        "Het wachtwoord van uw account {userName} is opnieuw ingesteld.",
        "Dit is bevestigd met: {method}.",
      ],
      text: "{tenant}: het wachtwoord van uw account is opnieuw ingesteld. Was u dit niet? Neem meteen contact op met uw beheerder.",
    },
    password_changed: {
      subject: "Uw wachtwoord is gewijzigd",
      lines: ["Het wachtwoord van uw account {userName} is gewijzigd door iemand die het oude kende."],
      text: "{tenant}: het wachtwoord van uw account is gewijzigd. Was u dit niet? Neem meteen contact op met uw beheerder.",
    },
    account_unlocked: {
      subject: "Uw account is ontgrendeld",
      lines: [
        "Uw account {userName} is ontgrendeld. Het wachtwoord is hetzelfde gebleven.",
        "Dit is bevestigd met: {method}.",
      ],
      text: "{tenant}: uw account is ontgrendeld. Was u dit niet? Neem meteen contact op met uw beheerder.",
    },
    reset_impossible: {
      subject: "Uw wachtwoord kan hier niet opnieuw worden ingesteld",
      lines: [
        "Iemand, waarschijnlijk u zelf, wilde het wachtwoord van het account {userName} opnieuw instellen of het account ontgrendelen. Dat kan hier niet: {reason}",
        "Het kan vanaf {until}.",
        "Uw beheerder kan u helpen.",
      ],
      text: "{tenant}: uw wachtwoord kan niet via het portaal opnieuw worden ingesteld. Neem contact op met uw beheerder.",
    },
    sign_in_impossible: {
      subject: "Niemand kan nu met uw account aanmelden",
      lines: [
        "Iemand, waarschijnlijk u zelf, wilde met het account {userName} bij het portaal aanmelden. Dat kan nu niet: {reason}",
        "Uw beheerder kan u helpen.",
      ],
      text: "{tenant}: niemand kan nu met uw account bij het portaal aanmelden. Neem contact op met uw beheerder.",
    },
    self_service_blocked: {
      subject: "Het portaal is voorlopig gesloten voor uw account",
      lines: [
        "Er waren te veel verkeerde pogingen om het wachtwoord van het account {userName} opnieuw in te stellen. Er is niets gewijzigd. Om u te beschermen is het portaal voor dit account gesloten.",
        "Het gaat weer open op {until}. Uw beheerder kan het eerder openen.",
      ],
      text: "{tenant}: te veel verkeerde pogingen voor uw wachtwoord. Er is niets gewijzigd; het portaal is voorlopig gesloten.",
    },
    method_added: {
      subject: "Er is een manier toegevoegd om te bewijzen wie u bent",
      lines: ["Aan uw account {userName} is toegevoegd: {method}."],
      text: "{tenant}: bij uw account is een manier toegevoegd om te bewijzen wie u bent. Was u dit niet? Bel meteen uw beheerder.",
    },
    method_removed: {
      subject: "Er is een manier verwijderd om te bewijzen wie u bent",
      lines: ["Van uw account {userName} is verwijderd: {method}."],
      text: "{tenant}: bij uw account is een manier verwijderd om te bewijzen wie u bent. Was u dit niet? Bel meteen uw beheerder.",
    },
    number_changed: {
      subject: "Uw telefoonnummer is gewijzigd",
      lines: [
        "Uw organisatie heeft nu een ander telefoonnummer voor uw account {userName}.",
        "Om u te beschermen kan het nieuwe nummer vóór {until} niet worden gebruikt om uw wachtwoord opnieuw in te stellen.",
      ],
      text: "{tenant}: uw account heeft nu een ander telefoonnummer. Was u dit niet? Neem meteen contact op met uw beheerder.",
    },
    outcome_known: {
      subject: "Het resultaat van uw aanvraag",
      lines: [
        "Een tijdlang was niet duidelijk of uw aanvraag voor het account {userName} ({operation}) was gelukt. Nu is het bekend: {outcome}",
      ],
      text: "{tenant}: uw aanvraag: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Een account met beheerdersrechten gebruikte het portaal",
      lines: [
        "Het account met beheerdersrechten {userName} gebruikte het portaal: {operation}.",
        "Naam: {displayName}.",
        "Dit is bevestigd met: {method}.",
        "Verwacht niemand dit, behandel het dan als een incident: vergrendel het account en bekijk de audit.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Iemand vraagt uw hulp om weer binnen te komen",
      lines: [
        "Iemand die de gebruikersnaam {userName} opgaf, raakt alleen niet meer binnen en vraagt uw hulp.",
        "{proven}",
        "Waarom het niet lukte: {reason}",
        "Het bericht: {message}",
        "Bel de persoon terug op een nummer dat u al kent, niet op een nummer uit dit bericht.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Er is een nieuwe agent aangemeld",
      lines: [
        "De agent {agentName} is aangemeld op de host {hostName}. Hij krijgt geen wachtwoorden voordat iemand hem goedkeurt.",
        "De vingerafdruk is {fingerprint}. Vergelijk die met wat de agent toonde voordat u hem goedkeurt.",
        "Heeft niemand een agent geïnstalleerd, trek hem dan meteen in.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Een agent is gestopt: te veel wachtwoordwijzigingen",
      lines: [
        "De rem van de agent {agentName} heeft hem gestopt: er waren te veel wachtwoordwijzigingen in korte tijd.",
        "Zoek uit waarom. Is alles in orde, maak dan de rem los op de host van de agent.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Het portaal is beperkt: tekenen van misbruik",
      lines: [
        "Van {sent} sms-berichten en oproepen in het laatste uur leidden er maar {verified} tot een bewijs. Misschien jaagt iemand u op kosten: sms en oproepen zijn een uur gestopt.",
        "In het laatste uur waren {failed} codes verkeerd. Misschien raadt iemand: voorlopig heeft iedereen twee bewijzen nodig.",
        "Andere manieren om te bewijzen wie men is, blijven werken.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "Het beleid van het portaal is gewijzigd",
      lines: [
        "Versie {version} van het beleid is toegepast.",
        "Toegepast door {by}.",
        "Wat er is gewijzigd: {summary}",
        "Verwacht niemand dit, bekijk dan de audit.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Verwijderingen wachten op uw goedkeuring",
      lines: [
        "De synchronisatie met de directory zou {count} personen verwijderen. Dat zijn er meer dan gewoonlijk, daarom is niemand verwijderd.",
        "Bekijk de lijst en keur ze goed of verwerp ze.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Veel telefoonnummers tegelijk gewijzigd",
      lines: [
        "De directory gaf {count} personen in één synchronisatie een ander mobiel nummer. Om niemand onnodig te verontrusten, zijn zij niet één voor één ingelicht.",
        "Verwacht niemand dit, behandel het dan als een incident: een nummer bepaalt wie een wachtwoord opnieuw kan instellen.",
        "Tot de wachttijd van het beleid voorbij is, kunnen de nieuwe nummers daarvoor niet worden gebruikt.",
      ],
      text: null,
    },
  },
  greeting: "Beste {displayName},",
  plainGreeting: "Goedendag,",
  notYou: "Was u dit niet? Neem meteen contact op met uw beheerder.",
  time: "Tijdstip: {time}",
  reference: "Referentie: {reference}",
  automatic:
    "{tenant} heeft deze e-mail automatisch verstuurd. Er staan geen links in en er wordt nooit om een wachtwoord of code gevraagd.",
  methods: {
    text: "sms naar uw mobiele nummer",
    call: "oproep naar uw mobiele nummer",
    office_call: "oproep naar uw telefoon op kantoor",
    email: "e-mail",
    authenticator: "authenticator-app",
    recovery_code: "herstelcodes",
    questions: "beveiligingsvragen",
  },
  reasons: {
    ACCOUNT_PROTECTED: "het account is extra beveiligd.",
    ACCOUNT_DISABLED: "het account is uitgeschakeld.",
    ACCOUNT_EXPIRED: "het account is verlopen.",
    ACCOUNT_OUT_OF_SCOPE: "het account hoort niet bij de accounts waarvoor het portaal bedoeld is.",
    ACCOUNT_DENIED: "uw organisatie heeft het account van het portaal uitgesloten.",
    DIRECTORY_USER_NOT_FOUND: "het account staat niet meer in de directory.",
    account_locked:
      "het account is vergrendeld na te veel verkeerde wachtwoorden. Als uw organisatie het aanbiedt, kunt u het zelf in het portaal ontgrendelen.",
    not_in_policy: "uw organisatie heeft het portaal niet opengesteld voor het account.",
    unlock_off: "uw organisatie biedt ontgrendelen zonder nieuw wachtwoord niet aan.",
    too_few_methods: "er zijn te weinig manieren bekend om te bewijzen wie u bent.",
    number_held: "het telefoonnummer is kort geleden gewijzigd en telt nog niet.",
    user_gone: "het account bestaat niet meer.",
  },
  operations: { reset: "nieuw wachtwoord", change: "wachtwoord wijzigen", unlock: "ontgrendelen" },
  outcomes: {
    applied: "het is gelukt.",
    refused: "het is geweigerd; er is niets gewijzigd.",
    not_applied: "het is niet gelukt; er is niets gewijzigd.",
  },
  proven: {
    yes: "De persoon heeft één keer bewezen wie hij of zij is.",
    no: "De persoon heeft NIET bewezen wie hij of zij is: iedereen kan dit hebben gestuurd.",
  },
};
