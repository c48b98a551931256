extension PageVisit {
  /// Below those that the system hands out, and none of piko's.
  private static let port = Int.random(in: 30_000..<32_000)
  private static let without = "piko destroy feature-auth --volumes --force -q || true"
  private static let with =
    "piko create feature/auth --reuse --no-attach --yes -q >created.log; piko up feature-auth -q"
  private static let worktree = "shop/.piko/worktrees/feature-auth"
  private static let opened =
    "until grep -q '^firefox .*server-open.html' ~/opened; do sleep 0.2; done; echo shown"
  private static let here = "basename \"$PWD\""

  /// In the order in which they are visited.
  static let all = making + using + ending

  /// Pages that make what they are about.
  private static let making: [PageVisit] = [
    PageVisit(
      page: "piko-init.1", place: "fresh",
      answers: ["Wrote", .nothing, "Configure piko", .nothing]),
    PageVisit(
      page: "piko-trust.1", before: ["piko trust --revoke"],
      answers: [
        "origin/feature/auth", .agreed("echo runs with auth", "Approved"), .session,
        "feature-auth", "Took back 1 approval",
      ], after: ["piko trust --yes -q; piko trust --yes -q feature-auth"]),
    PageVisit(page: "git-piko.1", before: [without], answers: [.session]),
    PageVisit(
      page: "piko-attach.1", before: [without], answers: ["Created worktree", .session]),
    PageVisit(
      page: "piko.1", before: [without],
      answers: [
        .session, .session, "bugfix-login", "the page", "Destroyed environment bugfix-login",
      ]),
    PageVisit(
      page: "piko-create.1", before: [without],
      answers: [
        Answer("Created worktree", proof: (here, "hotfix-2-1-4")),
        Answer(
          "(piko finds what it made by its labels)", "/.piko/worktrees/feature-auth",
          proof: ("piko status feature-auth", "feature-auth: stopped")),
        Answer("\"version\":1", "\"name\":\"ci\"", "\"state\":\"running\""),
      ]),
    PageVisit(
      page: "piko-wait.1", before: ["piko destroy ci -q"],
      answers: ["[1]", "made the tools", "tested ci"]),
    PageVisit(
      page: "piko-destroy.1",
      answers: [
        "Destroyed environment feature-auth",
        Answer(
          "Destroyed environment ci", "Destroyed environment hotfix-2-1-4",
          proof: ("piko list -q | wc -l", "0")),
      ]),
    PageVisit(
      page: "piko-cli.7",
      before: [
        with, "git branch feature.auth",
        """
        ! piko create feature.auth 2>refused.log
        grep -q 'piko create feature-auth-2 --branch feature.auth' refused.log
        """,
      ],
      answers: [.session],
      after: ["piko destroy feature-auth-2 --volumes --delete-branch -q"]),
  ]

  /// Pages about environments that are there.
  private static let using: [PageVisit] = [
    PageVisit(
      page: "piko-logs.1", place: worktree, before: [with],
      answers: [Answer("serving", steps: [("serving", ["C-c"])]), "1"]),
    PageVisit(
      page: "piko-switch.1",
      before: ["piko create payments --no-attach -q >created.log"], answers: [.session]),
    PageVisit(page: "piko-config.1", answers: ["echo runs with auth", .nothing]),
    PageVisit(
      page: "piko-doctor.1", before: ["mkdir .piko/worktrees/stray"],
      answers: ["engine: answers", "\"result\": \"warning\""],
      after: ["rmdir .piko/worktrees/stray"]),
    PageVisit(
      page: "piko-edit.1",
      answers: [
        .nothing(
          "tail -n 1 ~/opened | grep -e '^code --new-window '",
          shows: "/shop/.piko/worktrees/feature-auth"),
        .nothing("tail -n 1 ~/opened", shows: "/shop/.piko/shop.code-workspace"),
      ]),
    PageVisit(
      page: "piko-env.1",
      answers: [
        "the page", .nothing("echo \"$PIKO_ENV_NAME\"", shows: "feature-auth"),
        "tested feature-auth",
      ],
      texts: [
        Text(
          file: "own.mk", end: "show: ; @echo in $(PIKO_ENV_NAME) at $(PIKO_WEB_PORT)\n",
          shows: [("make -s -f own.mk NAME=payments show", "in payments at 1")])
      ]),
    PageVisit(
      page: "piko-exec.1", place: worktree,
      answers: [
        .nothing("cat dump.sql", shows: "dumped -U app app"), "loaded what was dumped",
        "npm test -- --watch",
      ]),
    PageVisit(
      page: "piko-hook.1",
      answers: [
        .nothing, .nothing(here, shows: "feature-auth"), "piko-shop-feature-auth-web-1",
      ]),
    PageVisit(
      page: "piko-list.1", before: ["piko down payments -q"],
      answers: ["/shop/.piko/worktrees/payments", .nothing], after: ["piko up payments -q"]),
    PageVisit(page: "piko-open.1", place: worktree, answers: ["well"], texts: [labels]),
    PageVisit(
      page: "piko-path.1",
      answers: [
        .nothing("\(here); cd site", shows: "feature-auth"), .nothing(here, shows: "feature-auth"),
      ]),
    PageVisit(
      page: "piko-pick.1",
      answers: [
        Answer(
          steps: [("2/2", ["p", "a", "y"]), ("1/2", ["Enter"])], proof: (here, "payments"))
      ]),
    PageVisit(
      page: "piko-ports.1", place: worktree,
      answers: ["CONTAINER PORT", "database at 1"]),
    PageVisit(page: "piko-restart.1", place: worktree, answers: ["Restarted"]),
    PageVisit(
      page: "piko-run.1", before: ["piko create bugfix/login --no-attach -q >created.log"],
      answers: ["tested feature-auth", "tested bugfix-login", "made the database"],
      after: ["piko destroy bugfix-login --volumes -q"]),
    PageVisit(
      page: "piko-shell.1", place: worktree,
      answers: [Answer("/ #", steps: [("/ #", ["C-d"])]), "checked by sh"]),
    PageVisit(page: "piko-status.1", place: worktree, answers: ["true", "CPU"]),
    PageVisit(page: "piko-tmux.1", answers: ["serving the frontend"]),
    PageVisit(
      page: "piko-makefiles.7",
      before: [
        "piko create red --no-attach -q >created.log",
        """
        cp ../prefix/share/piko/makefiles/Makefile .
        GIT_COMMITTER_DATE=2020-01-01T00:00Z git -C .piko/worktrees/red commit -q --amend --no-edit
        """,
      ],
      answers: [
        "curl --fail", "make check", "test NAME=payments", "Make the programs executable",
        Answer(
          "Stopped 2 containers",
          proof: (
            "piko list --json | jq -r '.environments[].state' | sort | uniq -c | xargs",
            "2 running 1 stopped"
          )),
      ],
      after: ["git checkout -q Makefile; piko destroy red --volumes --delete-branch --force -q"]),
  ]

  /// The page's lines, as those of a service that has such a port.
  private static let labels = Text(
    file: "compose.override.yaml",
    start: "services:\n  web:\n    ports: [\"9090:9090\"]\n", indent: "    ",
    shows: [
      ("piko up -q", nil),
      ("piko open --print | grep -v \":$(piko env -- printenv PIKO_WEB_PORT_9090)\"", nil),
      ("rm compose.override.yaml; piko up -q", nil),
    ])

  /// Pages after which little is left.
  private static let ending: [PageVisit] = [
    PageVisit(
      page: "piko-share.1",
      answers: [
        .agreed("db"),
        Answer(
          "[detached", steps: [("[piko/shop", ["C-b", "d"])],
          proof: ("piko list", "feature-auth, payments")),
      ]),
    PageVisit(
      page: "piko-isolate.1", answers: [.agreed("db")],
      after: [
        "piko destroy migration --volumes --delete-branch -q; piko destroy shared --volumes -q"
      ]),
    PageVisit(
      page: "piko-down.1",
      answers: [
        "Stopped 2 containers", Answer("Stopped 2 containers", proof: ("piko list", "stopped")),
      ]),
    PageVisit(
      page: "piko-up.1",
      before: [
        with,
        """
        docker stop -t 1 $(docker ps -q --filter label=dev.piko.environment=feature-auth) >stopped.log
        """,
      ],
      answers: [Answer("Started 2 containers", proof: ("piko list", "running 2/2")), "the page"]),
    PageVisit(
      page: "piko-server.1", before: [without],
      changes: ["piko server --open": "piko server --open --port \(port)", "19876": "\(port)"],
      answers: [
        Answer(
          "http://127.0.0.1:\(port)/#", proof: (opened, "shown"),
          stays: true
        ),
        .nothing, .nothing, .nothing,
        Answer("\"version\":1", "\"name\":\"payments\""), .nothing,
        Answer("feature-auth", "\"status\":0"),
        Answer("\"name\":\"feature-auth\"", "\"state\":\"running\""), "\"status\":0",
        Answer("\"status\":0", proof: ("piko list -q", "payments")),
      ]),
    PageVisit(
      page: "piko-config.5", place: "fresh",
      texts: [
        Text(
          file: ".piko.yml",
          shows: [
            ("piko config --check", nil),
            (
              "git commit -q -a -m Configure; piko create trial --yes --no-attach",
              "migrated in here"
            ),
            ("piko env trial -- printenv DATABASE_URL", "postgres://app@localhost:1"),
          ])
      ]),
  ]
}
