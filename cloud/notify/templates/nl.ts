import type { Catalogue } from "./catalogue.ts";

export const nl: Catalogue = {
  otp: {
    subject: "Uw verificatiecode voor {tenant}",
    before: "Uw verificatiecode is:",
    after: [
      "Deze code verloopt over {minutes} minuten en kan maar één keer worden gebruikt. Voer de code in op de pagina waar u deze hebt aangevraagd.",
      "Deel deze code met niemand. Wij vragen er nooit om, niet per telefoon en niet per e-mail. Hebt u geen code aangevraagd, negeer deze e-mail dan.",
    ],
    text: "{tenant}: {otp} is uw verificatiecode. Deel deze code met niemand.",
    call: {
      ask: "Goedendag. Dit is {tenant}. Druk op een toets om de verificatiecode te horen die u hebt aangevraagd.",
      intro: "Uw code is:",
      again: "Ik herhaal. Uw code is:",
      end: "Deel deze code met niemand. Tot ziens.",
    },
  },
  test: {
    subject: "Testbericht",
    line: "{tenant}: dit is een testbericht van accountherstel. U hoeft niets te doen.",
    ask: "Goedendag. Dit is een testoproep van {tenant}. Druk op een willekeurige toets om het testbericht te horen.",
  },
  notices: {
    password_reset: {
      subject: "Uw wachtwoord is opnieuw ingesteld",
      lines: [
        "Het wachtwoord van uw account {userName} is opnieuw ingesteld. Er geldt nu een nieuw wachtwoord.",
        "Geverifieerd met: {method}.",
        "Verificatiemethoden die in de afgelopen 30 dagen zijn ingesteld of bevestigd: {recent}. Is er een niet van u? Neem dan direct contact op met uw beheerder.",
      ],
      text: "{tenant}: het wachtwoord van uw account is opnieuw ingesteld. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    password_changed: {
      subject: "Uw wachtwoord is gewijzigd",
      lines: [
        "Het wachtwoord van uw account {userName} is gewijzigd door iemand die het oude wachtwoord kende.",
      ],
      text: "{tenant}: het wachtwoord van uw account is gewijzigd. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    account_unlocked: {
      subject: "Uw account is ontgrendeld",
      lines: [
        "Uw account {userName} is ontgrendeld. Het wachtwoord is niet gewijzigd.",
        "Geverifieerd met: {method}.",
        "Verificatiemethoden die in de afgelopen 30 dagen zijn ingesteld of bevestigd: {recent}. Is er een niet van u? Neem dan direct contact op met uw beheerder.",
      ],
      text: "{tenant}: uw account is ontgrendeld. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    reset_impossible: {
      subject: "Uw wachtwoord kon niet opnieuw worden ingesteld",
      lines: [
        "Iemand, waarschijnlijk u zelf, heeft geprobeerd het wachtwoord van het account {userName} opnieuw in te stellen of het account te ontgrendelen. Dat was niet mogelijk: {reason}",
        "U kunt het opnieuw proberen vanaf {until}.",
        "Neem contact op met uw beheerder voor hulp.",
      ],
      text: "{tenant}: uw wachtwoord kan niet via het portaal opnieuw worden ingesteld. Neem contact op met uw beheerder.",
    },
    sign_in_impossible: {
      subject: "U kunt zich niet aanmelden met uw account",
      lines: [
        "Iemand, waarschijnlijk u zelf, heeft geprobeerd zich met het account {userName} aan te melden bij het portaal. Dat was niet mogelijk: {reason}",
        "Neem contact op met uw beheerder voor hulp.",
      ],
      text: "{tenant}: u kunt zich met uw account niet aanmelden bij het portaal. Neem contact op met uw beheerder.",
    },
    self_service_blocked: {
      subject: "Het opnieuw instellen van uw wachtwoord is tijdelijk geblokkeerd",
      lines: [
        "Er waren te veel mislukte pogingen om het wachtwoord van het account {userName} opnieuw in te stellen. Er is niets gewijzigd. Om uw account te beschermen, kan het wachtwoord tijdelijk niet via het portaal opnieuw worden ingesteld.",
        "U kunt het opnieuw proberen vanaf {until}. Uw beheerder kan de blokkering eerder opheffen.",
      ],
      text: "{tenant}: te veel mislukte pogingen om uw wachtwoord opnieuw in te stellen. Er is niets gewijzigd. Dit is tijdelijk geblokkeerd.",
    },
    method_added: {
      subject: "Er is een verificatiemethode toegevoegd of bevestigd",
      lines: ["Deze verificatiemethode is toegevoegd of bevestigd voor uw account {userName}: {method}."],
      text: "{tenant}: voor uw account is een verificatiemethode toegevoegd of bevestigd. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    method_removed: {
      subject: "Er is een verificatiemethode verwijderd",
      lines: ["Deze verificatiemethode is verwijderd uit uw account {userName}: {method}."],
      text: "{tenant}: er is een verificatiemethode verwijderd uit uw account. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    method_waits: {
      subject: "Er is een verificatiemethode toegevoegd die nog niet telt",
      lines: [
        "Deze verificatiemethode is toegevoegd aan uw account {userName}: {method}.",
        "Ze is toegevoegd door iemand die uw wachtwoord kent en verder niets heeft bewezen. Om uw account te beschermen, kunt u uw wachtwoord er pas vanaf {until} mee opnieuw instellen.",
      ],
      text: "{tenant}: een verificatiemethode is met alleen het wachtwoord aan uw account toegevoegd. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    method_removal_waits: {
      subject: "Er wordt een verificatiemethode verwijderd",
      lines: [
        "Iemand heeft gevraagd om deze verificatiemethode te verwijderen uit uw account {userName}: {method}.",
        "Deze persoon kent uw wachtwoord en heeft verder niets bewezen. Om uw account te beschermen, wordt de methode pas op {until} verwijderd. Was u dit niet? Neem dan vóór dat tijdstip contact op met uw beheerder.",
      ],
      text: "{tenant}: met alleen uw wachtwoord is gevraagd een verificatiemethode te verwijderen. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    number_changed: {
      subject: "Uw contactgegevens zijn gewijzigd",
      lines: [
        "Bij uw organisatie zijn nu andere contactgegevens bekend voor uw account {userName}: {changed}.",
        "Om uw account te beschermen, kunt u uw wachtwoord pas vanaf {until} met de nieuwe gegevens opnieuw instellen.",
      ],
      text: "{tenant}: contactgegevens van uw account zijn gewijzigd. Was u dit niet? Neem direct contact op met uw beheerder.",
    },
    outcome_known: {
      subject: "Resultaat van uw verzoek",
      lines: [
        "We konden het resultaat van uw verzoek voor het account {userName} ({operation}) eerst niet bevestigen. Nu is het resultaat bekend: {outcome}",
      ],
      text: "{tenant}: resultaat van uw verzoek: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Een account met verhoogde bevoegdheden heeft selfservice gebruikt",
      lines: [
        "Het account met verhoogde bevoegdheden {userName} heeft selfservice gebruikt: {operation}.",
        "Naam: {displayName}.",
        "Geverifieerd met: {method}.",
        "Had u dit niet verwacht, behandel het dan als een beveiligingsincident: vergrendel het account en controleer het auditlogboek.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Een gebruiker vraagt om hulp met een account",
      lines: [
        "Een gebruiker die de gebruikersnaam {userName} heeft ingevoerd, krijgt geen toegang meer tot het account en vraagt om uw hulp.",
        "{proven}",
        "Reden: {reason}",
        "Bericht: {message}",
        "Bel de gebruiker terug op een nummer dat u al kent, niet op een nummer uit dit bericht.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Er is een nieuwe agent geregistreerd",
      lines: [
        "De agent {agentName} is geregistreerd op de host {hostName}. De agent ontvangt geen wachtwoorden voordat een beheerder deze goedkeurt.",
        "De vingerafdruk is {fingerprint}. Vergelijk deze met de vingerafdruk die de agent heeft getoond voordat u de agent goedkeurt.",
        "Had u geen nieuwe agent verwacht, trek deze dan direct in.",
      ],
      text: null,
    },
    admin_security_event: {
      subject: "Er is iets gebeurd dat de beveiliging raakt",
      lines: [
        "{event}",
        "Details: {summary}.",
        "Veroorzaakt door: {by}.",
        "Had u dit niet verwacht, behandel het dan als een beveiligingsincident. Elke gebeurtenis staat in het auditlogboek; het aantal e-mails erover is beperkt.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Een agent is gestopt: te veel wachtwoordwijzigingen",
      lines: [
        "De rem van de agent {agentName} heeft alle wachtwoordwijzigingen gestopt: het waren er te veel in korte tijd.",
        "Zoek de oorzaak uit. Waren de wijzigingen legitiem, geef de rem dan vrij op de host van de agent.",
      ],
      text: null,
    },
    admin_other_directory: {
      subject: "Een agent bedient een andere directory",
      lines: [
        "De agent {agentName} leest de directory {directory}. Dat is niet de directory van zijn bron. Hij synchroniseert niemand en krijgt geen wachtwoorden.",
        "Corrigeer de servers in de configuratie van de agent. Is de directory met opzet vervangen, registreer er dan een nieuwe agent voor.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Selfservice is beperkt: tekenen van misbruik",
      lines: [
        "Van {sent} sms-berichten en oproepen in het afgelopen uur hebben er maar {verified} tot een geslaagde verificatie geleid. Mogelijk jaagt iemand u op kosten. Daarom krijgen gebruikers die zich nog nooit hebben geverifieerd een uur lang geen sms-berichten en oproepen. Een beheerder heft dit op met “latchkey limits lift unused_codes”.",
        "In het afgelopen uur zijn onjuiste codes ingevoerd voor minstens {failed} gebruikersnamen, vanaf veel netwerken. Mogelijk probeert iemand codes te raden. Daarom zijn voor een reset nu twee verificatiemethoden nodig. Gebruikers met één methode wachten twee minuten langer.",
        "Andere verificatiemethoden blijven werken.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "Het selfservicebeleid is gewijzigd",
      lines: [
        "Versie {version} van het beleid is toegepast.",
        "Toegepast door: {by}.",
        "Wijzigingen: {summary}",
        "Had u dit niet verwacht, controleer dan het auditlogboek.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Verwijderingen wachten op uw goedkeuring",
      lines: [
        "De directorysynchronisatie zou {count} gebruikers verwijderen. Dat zijn er meer dan gebruikelijk, daarom zijn er geen gebruikers verwijderd.",
        "Bekijk de lijst en keur de verwijderingen goed of wijs ze af.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Veel telefoonnummers of adressen tegelijk gewijzigd",
      lines: [
        "Bij één directorysynchronisatie zijn de telefoonnummers of alternatieve e-mailadressen van {count} gebruikers gewijzigd. Elk van deze gebruikers krijgt bericht via de oude gegevens.",
        "Had u dit niet verwacht, behandel het dan als een beveiligingsincident: met telefoonnummers en adressen kan een wachtwoord opnieuw worden ingesteld.",
        "De nieuwe gegevens kunnen pas worden gebruikt om een wachtwoord opnieuw in te stellen als de wachttijd uit het beleid voorbij is.",
      ],
      text: null,
    },
  },
  greeting: "Beste {displayName},",
  plainGreeting: "Goedendag,",
  notYou: "Was u dit niet? Neem dan direct contact op met uw beheerder.",
  notYouTell: "Was u dit niet? Neem dan direct contact op met uw beheerder: {contact}.",
  time: "Tijdstip: {time}",
  reference: "Referentie: {reference}",
  automatic:
    "{tenant} heeft deze e-mail automatisch verstuurd. De e-mail bevat geen links en vraagt nooit om een wachtwoord of code.",
  methods: {
    text: "sms naar de mobiele telefoon",
    call: "oproep naar de mobiele telefoon",
    office_call: "oproep naar de telefoon op het werk",
    email: "e-mail naar het alternatieve adres",
    authenticator: "authenticator-app",
    recovery_code: "herstelcodes",
    questions: "beveiligingsvragen",
  },
  destinations: {
    mobile: "mobiel nummer",
    officePhone: "nummer op het werk",
    alternateEmail: "alternatief e-mailadres",
  },
  reasons: {
    ACCOUNT_PROTECTED: "het is een account met verhoogde bevoegdheden.",
    ACCOUNT_DISABLED: "het account is uitgeschakeld.",
    ACCOUNT_EXPIRED: "het account is verlopen.",
    ACCOUNT_STATE_UNREADABLE: "het is niet te zien of het account open is.",
    ACCOUNT_OUT_OF_SCOPE: "selfservice is niet beschikbaar voor dit account.",
    ACCOUNT_DENIED: "uw organisatie heeft het account uitgesloten van selfservice.",
    PROTECTION_UNKNOWN:
      "de server van uw organisatie kan op dit moment niet vaststellen of selfservice voor het account is toegestaan.",
    DIRECTORY_USER_NOT_FOUND: "het account bestaat niet meer in de directory.",
    account_locked:
      "het account is vergrendeld na te veel onjuiste wachtwoorden. Als uw organisatie het toestaat, kunt u het account zelf ontgrendelen via het portaal.",
    policy_group_missing:
      "een groep in de selfserviceregels van uw organisatie is op dit moment niet te vinden.",
    not_in_policy: "uw organisatie heeft selfservice niet ingeschakeld voor het account.",
    unlock_off: "uw organisatie biedt ontgrendelen zonder nieuw wachtwoord niet aan.",
    too_few_methods: "het account heeft niet genoeg verificatiemethoden.",
    number_held: "het telefoonnummer is onlangs gewijzigd en kan nog niet worden gebruikt.",
    user_gone: "het account bestaat niet meer.",
  },
  events: {
    agent_approved:
      "Een agent is goedgekeurd. Hij kan nu wachtwoorden instellen en telefoonnummers aanleveren.",
    agent_revoked:
      "Een agent is ingetrokken. Hij stelt geen wachtwoorden meer in en levert geen telefoonnummers meer aan.",
    agent_locked:
      "Een agent is vergrendeld omdat er een kopie van bestaat. Trek de agent in, zoek de kopie en registreer de agent opnieuw.",
    agent_ahead:
      "Een agent is geweigerd omdat hij meer verbindingen telt dan de cloud. Misschien gokt een kopie, of Redis is uit een back-up hersteld.",
    agent_sessions_swapped:
      "Twee programma’s gebruiken om beurten de identiteit van één agent. Een ervan kan een kopie zijn.",
    key_created: "Er is een API-sleutel gemaakt die iets kan wijzigen.",
    key_revoked: "Er is een API-sleutel ingetrokken die iets kon wijzigen.",
    settings_changed: "Een instelling die uw gebruikers beschermt, is gewijzigd.",
    source_removed: "Er is gevraagd om een directory met haar gebruikers te verwijderen.",
    audit_broken: "Het auditlogboek is beschadigd: een vermelding is gewijzigd, verwijderd of verplaatst.",
    records_sealed: "Alle opgeslagen gegevens zijn met een opdracht opnieuw verzegeld.",
    record_refused:
      "Een opgeslagen gegeven is geweigerd omdat het niet echt is. Mogelijk kan iemand in de opslag schrijven.",
    limit_engaged: "Een limiet houdt nu iets tegen voor veel gebruikers.",
    names_shared:
      "Een synchronisatie bracht veel gebruikersnamen mee die ook gebruikers van een andere directory van u hebben. Deze namen vinden niemand zolang meer dan één directory ze heeft. Toon ze met: latchkey user search --ambiguous",
    sign_in_spray: "Iemand raadt de wachtwoorden van veel gebruikers op het registratieportaal.",
  },
  operations: {
    reset: "wachtwoord opnieuw instellen",
    change: "wachtwoord wijzigen",
    unlock: "account ontgrendelen",
  },
  outcomes: {
    applied: "het verzoek is gelukt.",
    refused: "het verzoek is geweigerd. Er is niets gewijzigd.",
    not_applied: "het verzoek is mislukt. Er is niets gewijzigd.",
  },
  proven: {
    yes: "De gebruiker heeft de identiteit geverifieerd met minstens één methode.",
    no: "De gebruiker heeft de identiteit NIET geverifieerd. Iedereen kan dit verzoek hebben verstuurd.",
  },
};
