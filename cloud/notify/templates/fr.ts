import type { Catalogue } from "./catalogue.ts";

export const fr: Catalogue = {
  otp: {
    subject: "Votre code pour {tenant}",
    before: "Votre code est :",
    after: [
      "Il est valable {minutes} minutes et ne sert qu’une fois. Saisissez-le sur la page où vous l’avez demandé.",
      "Personne ne vous demandera jamais ce code, ni par téléphone ni par courriel. Si vous n’avez pas demandé de code, ne le donnez à personne.",
    ],
    text: "{tenant} : {otp} est votre code. Personne ne vous le demandera jamais.",
    call: {
      intro: "Bonjour. Ici {tenant}, avec le code que vous avez demandé. Votre code est :",
      again: "Je répète. Votre code est :",
      end: "Personne ne vous demandera jamais ce code. Au revoir.",
    },
  },
  notices: {
    password_reset: {
      subject: "Votre mot de passe a été réinitialisé",
      lines: [
        "Le mot de passe de votre compte {userName} a été réinitialisé et remplacé par un nouveau.",
        "Confirmé par : {method}.",
      ],
      text: "{tenant} : le mot de passe de votre compte a été réinitialisé. Ce n'était pas vous ? Contactez tout de suite votre administrateur.",
    },
    password_changed: {
      subject: "Votre mot de passe a été modifié",
      lines: [
        "Le mot de passe de votre compte {userName} a été modifié par quelqu’un qui connaissait l’ancien.",
      ],
      text: "{tenant} : le mot de passe de votre compte a été modifié. Ce n'était pas vous ? Contactez tout de suite votre administrateur.",
    },
    account_unlocked: {
      subject: "Votre compte a été déverrouillé",
      lines: [
        "Votre compte {userName} a été déverrouillé. Son mot de passe est resté le même.",
        "Confirmé par : {method}.",
      ],
      text: "{tenant} : votre compte a été déverrouillé. Ce n'était pas vous ? Contactez tout de suite votre administrateur.",
    },
    reset_impossible: {
      subject: "Votre mot de passe ne peut pas être réinitialisé ici",
      lines: [
        "Quelqu’un, sans doute vous, a voulu réinitialiser le mot de passe du compte {userName} ou le déverrouiller. Ce n’est pas possible ici : {reason}",
        "Ce sera possible à partir du {until}.",
        "Votre administrateur peut vous aider.",
      ],
      text: "{tenant} : votre mot de passe ne peut pas être réinitialisé sur le portail. Contactez votre administrateur.",
    },
    sign_in_impossible: {
      subject: "Personne ne peut se connecter avec votre compte en ce moment",
      lines: [
        "Quelqu’un, sans doute vous, a voulu se connecter au portail avec le compte {userName}. Ce n’est pas possible en ce moment : {reason}",
        "Votre administrateur peut vous aider.",
      ],
      text: "{tenant} : personne ne peut se connecter au portail avec votre compte en ce moment. Contactez votre administrateur.",
    },
    self_service_blocked: {
      subject: "Le portail est fermé pour votre compte pour le moment",
      lines: [
        "Il y a eu trop d’essais erronés pour réinitialiser le mot de passe du compte {userName}. Rien n’a été modifié. Pour vous protéger, le portail est fermé pour ce compte.",
        "Il rouvrira le {until}. Votre administrateur peut l’ouvrir plus tôt.",
      ],
      text: "{tenant} : trop d'essais erronés pour votre mot de passe. Rien n'a été modifié ; le portail est fermé pour le moment.",
    },
    method_added: {
      subject: "Un moyen de prouver votre identité a été ajouté",
      lines: ["Ajouté à votre compte {userName} : {method}."],
      text: "{tenant} : un moyen de prouver votre identité a été ajouté à votre compte. Pas vous ? Appelez votre administrateur.",
    },
    method_removed: {
      subject: "Un moyen de prouver votre identité a été retiré",
      lines: ["Retiré de votre compte {userName} : {method}."],
      text: "{tenant} : un moyen de prouver votre identité a été retiré de votre compte. Pas vous ? Appelez votre administrateur.",
    },
    number_changed: {
      subject: "Votre numéro de téléphone a été modifié",
      lines: [
        "Votre organisation a désormais un autre numéro de téléphone pour votre compte {userName}.",
        "Pour vous protéger, le nouveau numéro ne peut pas servir à réinitialiser votre mot de passe avant le {until}.",
      ],
      text: "{tenant} : votre compte a un autre numéro de téléphone. Ce n'était pas vous ? Contactez tout de suite votre administrateur.",
    },
    outcome_known: {
      subject: "Le résultat de votre demande",
      lines: [
        "Pendant un moment, on ne savait pas si votre demande pour le compte {userName} ({operation}) avait abouti. On le sait maintenant : {outcome}",
      ],
      text: "{tenant} : votre demande : {outcome}",
    },
    admin_privileged_reset: {
      subject: "Un compte privilégié a utilisé le portail",
      lines: [
        "Le compte privilégié {userName} a utilisé le portail : {operation}.",
        "Nom : {displayName}.",
        "Confirmé par : {method}.",
        "Si personne ne s’y attend, traitez-le comme un incident : verrouillez le compte et consultez l’audit.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Quelqu’un demande votre aide pour retrouver l’accès",
      lines: [
        "Quelqu’un qui a indiqué le nom d’utilisateur {userName} ne parvient pas à retrouver l’accès et demande votre aide.",
        "{proven}",
        "Pourquoi cela n’a pas marché : {reason}",
        "Son message : {message}",
        "Rappelez la personne à un numéro que vous connaissez déjà, pas à un numéro tiré de ce message.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Un nouvel agent a été inscrit",
      lines: [
        "L’agent {agentName} a été inscrit sur l’hôte {hostName}. Il ne reçoit aucun mot de passe avant que quelqu’un l’approuve.",
        "Son empreinte est {fingerprint}. Comparez-la à celle que l’agent a affichée avant de l’approuver.",
        "Si personne n’a installé d’agent, révoquez-le tout de suite.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Un agent s’est arrêté : trop de changements de mot de passe",
      lines: [
        "Le frein de l’agent {agentName} l’a arrêté : il y a eu trop de changements de mot de passe en peu de temps.",
        "Cherchez pourquoi. Si tout est normal, relâchez le frein sur l’hôte de l’agent.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Le portail a été limité : signes d’abus",
      lines: [
        "Sur {sent} SMS et appels de la dernière heure, seuls {verified} ont abouti à une preuve. Quelqu’un fait peut-être monter votre facture : SMS et appels sont arrêtés pour une heure.",
        "Au cours de la dernière heure, {failed} codes étaient faux. Quelqu’un essaie peut-être de deviner : pour le moment, chacun doit donner deux preuves.",
        "Les autres moyens de prouver son identité continuent de fonctionner.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "La politique du portail a été modifiée",
      lines: [
        "La version {version} de la politique a été appliquée.",
        "Appliquée par {by}.",
        "Ce qui a changé : {summary}",
        "Si personne ne s’y attend, consultez l’audit.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Des suppressions attendent votre accord",
      lines: [
        "La synchronisation avec l’annuaire supprimerait {count} personnes. C’est plus que d’habitude, donc personne n’a été supprimé.",
        "Examinez la liste, puis approuvez-la ou rejetez-la.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Beaucoup de numéros de téléphone changés à la fois",
      lines: [
        "L’annuaire a donné un autre numéro mobile à {count} personnes en une seule synchronisation. Pour n’inquiéter personne inutilement, elles n’ont pas été averties une à une.",
        "Si personne ne s’y attend, traitez-le comme un incident : un numéro décide qui peut réinitialiser un mot de passe.",
        "Avant la fin du délai prévu par la stratégie, les nouveaux numéros ne peuvent pas servir à cela.",
      ],
      text: null,
    },
  },
  greeting: "Bonjour {displayName},",
  plainGreeting: "Bonjour,",
  notYou: "Ce n’était pas vous ? Contactez tout de suite votre administrateur.",
  time: "Date : {time}",
  reference: "Référence : {reference}",
  automatic:
    "{tenant} a envoyé ce courriel automatiquement. Il ne contient aucun lien et ne demande jamais de mot de passe ni de code.",
  methods: {
    text: "SMS à votre numéro de mobile",
    call: "appel à votre numéro de mobile",
    office_call: "appel à votre téléphone de bureau",
    email: "courriel",
    authenticator: "application d’authentification",
    recovery_code: "codes de secours",
    questions: "questions de sécurité",
  },
  reasons: {
    ACCOUNT_PROTECTED: "le compte est spécialement protégé.",
    ACCOUNT_DISABLED: "le compte est désactivé.",
    ACCOUNT_EXPIRED: "le compte a expiré.",
    ACCOUNT_OUT_OF_SCOPE: "le compte ne fait pas partie de ceux auxquels le portail est destiné.",
    ACCOUNT_DENIED: "votre organisation a exclu le compte du portail.",
    DIRECTORY_USER_NOT_FOUND: "le compte n’est plus dans l’annuaire.",
    account_locked:
      "le compte est verrouillé après trop de mots de passe erronés. Si votre organisation le propose, vous pouvez le déverrouiller vous-même sur le portail.",
    not_in_policy: "votre organisation n’a pas ouvert le portail au compte.",
    unlock_off: "votre organisation ne propose pas le déverrouillage sans nouveau mot de passe.",
    too_few_methods: "il n’y a pas assez de moyens enregistrés pour prouver votre identité.",
    number_held: "le numéro de téléphone a changé récemment et ne compte pas encore.",
    user_gone: "le compte n’existe plus.",
  },
  operations: {
    reset: "nouveau mot de passe",
    change: "changement de mot de passe",
    unlock: "déverrouillage",
  },
  outcomes: {
    applied: "elle a abouti.",
    refused: "elle a été refusée ; rien n’a été modifié.",
    not_applied: "elle n’a pas abouti ; rien n’a été modifié.",
  },
  proven: {
    yes: "La personne a prouvé une fois son identité.",
    no: "La personne n’a PAS prouvé son identité : n’importe qui peut avoir envoyé ceci.",
  },
};
