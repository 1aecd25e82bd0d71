import type { Catalogue } from "./catalogue.ts";

export const fr: Catalogue = {
  otp: {
    subject: "Votre code de vérification pour {tenant}",
    before: "Votre code de vérification est :",
    after: [
      "Ce code expire dans {minutes} minutes et ne peut être utilisé qu’une seule fois. Saisissez-le sur la page où vous l’avez demandé.",
      "Ne communiquez ce code à personne. Nous ne vous le demanderons jamais, ni par téléphone ni par e-mail. Si vous n’avez pas demandé de code, ignorez cet e-mail.",
    ],
    text: "{tenant} : {otp} est votre code de vérification. Ne le communiquez à personne.",
    call: {
      ask: "Bonjour. Ici {tenant}. Pour entendre le code de vérification que vous avez demandé, appuyez sur une touche.",
      intro: "Votre code est :",
      again: "Je répète. Votre code est :",
      end: "Ne communiquez ce code à personne. Au revoir.",
    },
  },
  test: {
    subject: "Message de test",
    line: "{tenant} : ceci est un message de test de la récupération de compte. Vous n’avez rien à faire.",
    ask: "Bonjour. Ceci est un appel de test de {tenant}. Pour entendre le message de test, appuyez sur n’importe quelle touche.",
  },
  notices: {
    password_reset: {
      subject: "Votre mot de passe a été réinitialisé",
      lines: [
        "Le mot de passe de votre compte {userName} a été réinitialisé. Un nouveau mot de passe a été défini.",
        "Vérifié avec : {method}.",
        "Méthodes de vérification configurées ou confirmées au cours des 30 derniers jours : {recent}. Si l’une d’elles n’est pas la vôtre, contactez immédiatement votre administrateur.",
      ],
      text: "{tenant} : le mot de passe de votre compte a été réinitialisé. Si ce n'était pas vous, contactez immédiatement votre administrateur.",
    },
    password_changed: {
      subject: "Votre mot de passe a été modifié",
      lines: [
        "Le mot de passe de votre compte {userName} a été modifié par une personne qui connaissait l’ancien mot de passe.",
      ],
      text: "{tenant} : le mot de passe de votre compte a été modifié. Si ce n'était pas vous, contactez immédiatement votre administrateur.",
    },
    account_unlocked: {
      subject: "Votre compte a été déverrouillé",
      lines: [
        "Votre compte {userName} a été déverrouillé. Le mot de passe n’a pas été modifié.",
        "Vérifié avec : {method}.",
        "Méthodes de vérification configurées ou confirmées au cours des 30 derniers jours : {recent}. Si l’une d’elles n’est pas la vôtre, contactez immédiatement votre administrateur.",
      ],
      text: "{tenant} : votre compte a été déverrouillé. Si ce n'était pas vous, contactez immédiatement votre administrateur.",
    },
    reset_impossible: {
      subject: "Votre mot de passe n’a pas pu être réinitialisé",
      lines: [
        "Une personne, probablement vous, a essayé de réinitialiser le mot de passe du compte {userName} ou de déverrouiller ce compte. Cela n’a pas été possible : {reason}",
        "Vous pourrez réessayer à partir du {until}.",
        "Contactez votre administrateur pour obtenir de l’aide.",
      ],
      text: "{tenant} : votre mot de passe ne peut pas être réinitialisé sur le portail. Contactez votre administrateur.",
    },
    sign_in_impossible: {
      subject: "Vous ne pouvez pas vous connecter avec votre compte",
      lines: [
        "Une personne, probablement vous, a essayé de se connecter au portail avec le compte {userName}. Cela n’a pas été possible : {reason}",
        "Contactez votre administrateur pour obtenir de l’aide.",
      ],
      text: "{tenant} : vous ne pouvez pas vous connecter au portail avec votre compte. Contactez votre administrateur.",
    },
    self_service_blocked: {
      subject: "La réinitialisation de votre mot de passe est temporairement bloquée",
      lines: [
        "Trop de tentatives de réinitialisation du mot de passe du compte {userName} ont échoué. Rien n’a été modifié. Pour protéger votre compte, la réinitialisation du mot de passe sur le portail est temporairement bloquée.",
        "Vous pourrez réessayer à partir du {until}. Votre administrateur peut lever le blocage plus tôt.",
      ],
      text: "{tenant} : trop de tentatives échouées pour votre mot de passe. Rien n'a été modifié. La réinitialisation est bloquée temporairement.",
    },
    method_added: {
      subject: "Une méthode de vérification a été ajoutée ou confirmée",
      lines: [
        "Cette méthode de vérification a été ajoutée ou confirmée pour votre compte {userName} : {method}.",
      ],
      text: "{tenant} : méthode de vérification ajoutée ou confirmée pour votre compte. Si ce n'était pas vous, contactez vite votre administrateur.",
    },
    method_removed: {
      subject: "Une méthode de vérification a été supprimée",
      lines: ["Cette méthode de vérification a été supprimée de votre compte {userName} : {method}."],
      text: "{tenant} : méthode de vérification supprimée de votre compte. Si ce n'était pas vous, contactez immédiatement votre administrateur.",
    },
    method_waits: {
      subject: "Une méthode de vérification a été ajoutée et ne compte pas encore",
      lines: [
        "Cette méthode de vérification a été ajoutée à votre compte {userName} : {method}.",
        "Elle a été ajoutée par une personne qui connaît votre mot de passe et n’a rien prouvé d’autre. Pour protéger votre compte, elle ne permet pas de réinitialiser votre mot de passe avant le {until}.",
      ],
      text: "{tenant} : méthode de vérification ajoutée avec le seul mot de passe. Si ce n'était pas vous, contactez vite votre administrateur.",
    },
    method_removal_waits: {
      subject: "Une méthode de vérification sera supprimée",
      lines: [
        "Une personne a demandé la suppression de cette méthode de vérification de votre compte {userName} : {method}.",
        "Cette personne connaît votre mot de passe et n’a rien prouvé d’autre. Pour protéger votre compte, la méthode ne sera supprimée que le {until}. Si ce n’était pas vous, contactez votre administrateur avant cette date.",
      ],
      text: "{tenant} : suppression d'une méthode de vérification demandée avec le seul mot de passe. Si ce n'était pas vous, contactez vite votre administrateur.",
    },
    number_changed: {
      subject: "Vos coordonnées ont été modifiées",
      lines: [
        "Votre organisation a maintenant d’autres coordonnées pour votre compte {userName} : {changed}.",
        "Pour protéger votre compte, vous ne pourrez pas réinitialiser votre mot de passe avec les nouvelles coordonnées avant le {until}.",
      ],
      text: "{tenant} : les coordonnées de votre compte ont été modifiées. Si ce n'était pas vous, contactez vite votre administrateur.",
    },
    outcome_known: {
      subject: "Résultat de votre demande",
      lines: [
        "Nous n’avons d’abord pas pu confirmer le résultat de votre demande pour le compte {userName} ({operation}). Le résultat est maintenant connu : {outcome}",
      ],
      text: "{tenant} : résultat de votre demande : {outcome}",
    },
    admin_privileged_reset: {
      subject: "Un compte à privilèges a utilisé le libre-service",
      lines: [
        "Le compte à privilèges {userName} a utilisé le libre-service : {operation}.",
        "Nom : {displayName}.",
        "Vérifié avec : {method}.",
        "Si vous ne vous y attendiez pas, traitez cet événement comme un incident de sécurité : verrouillez le compte et consultez le journal d’audit.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Un utilisateur demande de l’aide pour un compte",
      lines: [
        "Un utilisateur qui a saisi le nom d’utilisateur {userName} n’a plus accès au compte et vous demande de l’aide.",
        "{proven}",
        "Raison : {reason}",
        "Message : {message}",
        "Rappelez l’utilisateur à un numéro que vous connaissez déjà, et non à un numéro indiqué dans ce message.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Un nouvel agent a été inscrit",
      lines: [
        "L’agent {agentName} a été inscrit sur l’hôte {hostName}. Il ne reçoit aucun mot de passe tant qu’un administrateur ne l’a pas approuvé.",
        "Son empreinte est {fingerprint}. Avant d’approuver l’agent, comparez-la avec l’empreinte que l’agent a affichée.",
        "Si vous n’attendiez pas de nouvel agent, révoquez-le immédiatement.",
      ],
      text: null,
    },
    admin_security_event: {
      subject: "Un événement touche à la sécurité",
      lines: [
        "{event}",
        "Détails : {summary}.",
        "Causé par : {by}.",
        "Si vous ne vous y attendiez pas, traitez-le comme un incident de sécurité. Le journal d’audit contient chaque événement de ce type ; le nombre d’e-mails à leur sujet est limité.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Un agent s’est arrêté : trop de modifications de mots de passe",
      lines: [
        "Le frein de l’agent {agentName} a arrêté toutes les modifications de mots de passe : il y en a eu trop en peu de temps.",
        "Cherchez-en la cause. Si les modifications étaient légitimes, relâchez le frein sur l’hôte de l’agent.",
      ],
      text: null,
    },
    admin_other_directory: {
      subject: "Un agent dessert un autre annuaire",
      lines: [
        "L’agent {agentName} lit l’annuaire {directory}, qui n’est pas celui de sa source. Il ne synchronise personne et ne reçoit aucun mot de passe.",
        "Corrigez les serveurs dans la configuration de l’agent. Si l’annuaire a été remplacé volontairement, inscrivez un nouvel agent pour celui-ci.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Le libre-service a été restreint : signes d’abus",
      lines: [
        "Sur {sent} SMS et appels au cours de la dernière heure, seuls {verified} ont abouti à une vérification réussie. Quelqu’un cherche peut-être à augmenter votre facture. Les utilisateurs qui ne se sont encore jamais identifiés ne reçoivent donc ni SMS ni appels pendant une heure. Un administrateur lève cette mesure avec « latchkey limits lift unused_codes ».",
        "Au cours de la dernière heure, des codes incorrects ont été saisis pour au moins {failed} noms d’utilisateur, depuis de nombreux réseaux. Quelqu’un essaie peut-être de deviner des codes. Une réinitialisation demande donc désormais deux méthodes de vérification. Les utilisateurs qui n’en ont qu’une attendent deux minutes de plus.",
        "Les autres méthodes de vérification fonctionnent toujours.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "La stratégie de libre-service a été modifiée",
      lines: [
        "La version {version} de la stratégie a été appliquée.",
        "Appliquée par : {by}.",
        "Modifications : {summary}",
        "Si vous ne vous y attendiez pas, consultez le journal d’audit.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Des suppressions attendent votre approbation",
      lines: [
        "La synchronisation de l’annuaire supprimerait {count} utilisateurs. C’est plus que d’habitude. Aucun utilisateur n’a donc été supprimé.",
        "Consultez la liste, puis approuvez ou rejetez les suppressions.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "De nombreux numéros ou adresses ont été modifiés en même temps",
      lines: [
        "Lors d’une synchronisation de l’annuaire, les numéros de téléphone ou les adresses e-mail de secours de {count} utilisateurs ont changé. Chacun de ces utilisateurs est averti à ses anciennes coordonnées.",
        "Si vous ne vous y attendiez pas, traitez cet événement comme un incident de sécurité : un numéro ou une adresse peut servir à réinitialiser un mot de passe.",
        "Les nouvelles coordonnées ne peuvent pas servir à réinitialiser un mot de passe avant la fin du délai d’attente prévu par la stratégie.",
      ],
      text: null,
    },
  },
  greeting: "Bonjour {displayName},",
  plainGreeting: "Bonjour,",
  notYou: "Si ce n’était pas vous, contactez immédiatement votre administrateur.",
  notYouTell: "Si ce n’était pas vous, contactez immédiatement votre administrateur : {contact}.",
  time: "Date et heure : {time}",
  reference: "Référence : {reference}",
  automatic:
    "{tenant} a envoyé cet e-mail automatiquement. Il ne contient aucun lien et ne demande jamais de mot de passe ni de code.",
  methods: {
    text: "SMS sur le téléphone mobile",
    call: "appel sur le téléphone mobile",
    office_call: "appel sur le téléphone de bureau",
    email: "e-mail à l’adresse de secours",
    authenticator: "application d’authentification",
    recovery_code: "codes de récupération",
    questions: "questions de sécurité",
  },
  destinations: {
    mobile: "numéro de mobile",
    officePhone: "numéro de bureau",
    alternateEmail: "adresse e-mail de secours",
  },
  reasons: {
    ACCOUNT_PROTECTED: "il s’agit d’un compte à privilèges.",
    ACCOUNT_DISABLED: "le compte est désactivé.",
    ACCOUNT_EXPIRED: "le compte a expiré.",
    ACCOUNT_STATE_UNREADABLE: "il est impossible de savoir si le compte est ouvert.",
    ACCOUNT_OUT_OF_SCOPE: "le libre-service n’est pas disponible pour ce compte.",
    ACCOUNT_DENIED: "votre organisation a exclu le compte du libre-service.",
    PROTECTION_UNKNOWN:
      "le serveur de votre organisation ne peut pas déterminer pour le moment si le compte peut utiliser le libre-service.",
    DIRECTORY_USER_NOT_FOUND: "le compte n’existe plus dans l’annuaire.",
    account_locked:
      "le compte est verrouillé après un trop grand nombre de mots de passe incorrects. Si votre organisation l’autorise, vous pouvez déverrouiller vous-même le compte sur le portail.",
    policy_group_missing:
      "un groupe des règles de libre-service de votre organisation est introuvable pour le moment.",
    not_in_policy: "votre organisation n’a pas activé le libre-service pour le compte.",
    unlock_off: "votre organisation ne propose pas le déverrouillage sans nouveau mot de passe.",
    too_few_methods: "le compte ne dispose pas d’assez de méthodes de vérification.",
    number_held: "le numéro de téléphone a été modifié récemment et ne peut pas encore être utilisé.",
    user_gone: "le compte n’existe plus.",
  },
  events: {
    agent_approved:
      "Un agent a été approuvé. Il peut désormais définir des mots de passe et fournir des numéros de téléphone.",
    agent_revoked:
      "Un agent a été révoqué. Il ne définit plus de mots de passe et ne fournit plus de numéros de téléphone.",
    agent_locked:
      "Un agent a été verrouillé parce qu’il en existe une copie. Révoquez l’agent, cherchez la copie et inscrivez l’agent à nouveau.",
    agent_ahead:
      "Un agent a été refusé parce qu’il compte plus de connexions que le cloud. Une copie devine peut-être, ou Redis a été restauré à partir d’une sauvegarde.",
    agent_sessions_swapped:
      "Deux programmes utilisent tour à tour l’identité d’un même agent. L’un d’eux est peut-être une copie.",
    key_created: "Une clé d’API qui permet des modifications a été créée.",
    key_revoked: "Une clé d’API qui permettait des modifications a été révoquée.",
    settings_changed: "Un réglage qui protège vos utilisateurs a été modifié.",
    source_removed: "La suppression d’un annuaire et de ses utilisateurs a été demandée.",
    audit_broken: "Le journal d’audit est endommagé : une entrée a été modifiée, supprimée ou déplacée.",
    records_sealed: "Tous les enregistrements ont été scellés à nouveau par une commande.",
    record_refused:
      "Un enregistrement a été refusé parce qu’il n’est pas authentique. Quelqu’un peut peut-être écrire dans la base.",
    limit_engaged: "Une limite prive actuellement de nombreux utilisateurs d’une fonction.",
    names_shared:
      "Une synchronisation a apporté de nombreux noms d’utilisateur que des utilisateurs d’un autre de vos annuaires ont aussi. Ces noms ne trouvent personne tant que plus d’un annuaire les a. Pour les lister : latchkey user search --ambiguous",
    sign_in_spray:
      "Quelqu’un essaie de deviner les mots de passe de nombreux utilisateurs sur le portail d’inscription.",
  },
  operations: {
    reset: "réinitialisation du mot de passe",
    change: "modification du mot de passe",
    unlock: "déverrouillage du compte",
  },
  outcomes: {
    applied: "la demande a abouti.",
    refused: "la demande a été refusée. Rien n’a été modifié.",
    not_applied: "la demande a échoué. Rien n’a été modifié.",
  },
  proven: {
    yes: "L’utilisateur a confirmé son identité avec au moins une méthode.",
    no: "L’utilisateur n’a PAS confirmé son identité. N’importe qui peut avoir envoyé cette demande.",
  },
};
