//! Examples that the help shows; a test parses each.

/// The examples by command.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "mien demo",
            "mien analyze portrait.jpg holiday.mp4 --every 5",
            "mien enroll Anna anna1.jpg anna2.jpg anna3.jpg",
            "mien adapt Anna --clips anna",
        ],
    ),
    (
        "analyze",
        &[
            "mien analyze holiday.mp4 --every 5 --csv faces.csv",
            "mien analyze portrait.jpg --annotate drawings",
            "mien analyze portrait.jpg group.png --json >faces.json",
            "mien analyze message.wav --user Anna",
        ],
    ),
    (
        "watch",
        &[
            "mien watch interview.mp4 --events",
            "mien watch interview.mp4 --fps 5 --timeline",
            "mien watch - --live --max-faces 1 <camera.y4m",
        ],
    ),
    (
        "enroll",
        &[
            "mien enroll Anna anna1.jpg anna2.jpg anna3.jpg",
            "mien enroll Anna video.mp4",
            "mien enroll Anna --more anna4.jpg",
        ],
    ),
    ("users list", &["mien users list", "mien users list --json"]),
    ("users rollback", &["mien users rollback Anna", "mien users rollback Anna --to 0"]),
    ("users undo", &["mien users undo Anna"]),
    ("users verify", &["mien users verify Anna door.jpg", "mien users verify Anna door.jpg --json"]),
    ("users rename", &["mien users rename Anna Hanna", "mien users rename anna Anna"]),
    ("users delete", &["mien users delete Anna"]),
    (
        "users export",
        &[
            "mien users export Anna anna.mien --passphrase-file secret.txt",
            "mien users export Anna anna.mien --no-timeline",
            "mien users export Anna anna.profile --plain",
        ],
    ),
    (
        "users import",
        &["mien users import anna.mien --passphrase-file secret.txt", "mien users import anna.mien --as Hanna"],
    ),
    ("users rekey", &["mien users rekey --new-key key", "mien users rekey --store-key key --no-key"]),
    ("users salvage", &["mien users salvage", "mien users salvage --store-key key --json"]),
    ("users erase-free-space", &["mien users erase-free-space"]),
    (
        "adapt",
        &[
            "mien adapt Anna --clips anna",
            "mien adapt Anna --clips anna --generic generic.head",
            "mien adapt Anna --clips recordings --unchecked-voices",
            "mien adapt Anna --unlabeled anna-film --generic generic.head",
        ],
    ),
    (
        "train",
        &[
            "mien train --data kdef affectnet --out generic.head",
            "mien train --data kdef --validation 0.2 --head self-attention --out a.head",
            "mien train --stream speech --data recordings --out speech.head",
        ],
    ),
    (
        "heads import",
        &[
            "mien heads import model.npz --head logistic --labels happy,sad --out a.head",
            "mien heads import model.safetensors --head self-attention --out a.head",
        ],
    ),
    ("heads show", &["mien heads show generic.head", "mien heads show generic.head --json"]),
    (
        "timeline",
        &[
            "mien timeline Anna --from 2026-11-23 --bucket hour",
            "mien timeline Anna --plot day.svg --csv day.csv",
            "mien timeline Anna --keep events=30,days=forever",
            "mien timeline Anna --forget --from 2026-11-23 --to 2026-11-24",
        ],
    ),
    (
        "score",
        &[
            "mien score --data pictures",
            "mien score --data anna --user Anna",
            "mien score --data pictures --csv answers.csv --json",
        ],
    ),
    (
        "eval adaptation",
        &[
            "mien eval adaptation --data kdef",
            "mien eval adaptation --data kdef --generic-data affectnet --report out",
            "mien eval adaptation --data kdef --faults",
            "mien eval adaptation --data recordings --labels neutral,calm,happy,sad",
        ],
    ),
    ("eval corrections", &["mien eval corrections --data kdef", "mien eval corrections --data kdef --wrong 0.1"]),
    ("eval sequences", &["mien eval sequences --data ckseq --generic-data kdef"]),
    (
        "eval strangers",
        &["mien eval strangers --data kdef", "mien eval strangers --data jaffe --people 2 3 5 --draws 20"],
    ),
    ("eval identity", &["mien eval identity --data lfw", "mien eval identity --data lfw --save"]),
    ("eval ravdess", &["mien eval ravdess --data RAVDESS --split statement --report out"]),
    ("bench", &["mien bench", "mien bench --picture portrait.jpg --rounds 100"]),
    ("bench training", &["mien bench training --head single-attention --clips 100"]),
    ("bench timeline", &["mien bench timeline --events 100000 --days 30 --encrypted"]),
    ("bench stream", &["mien bench stream --minutes 10 --fps 15", "mien bench stream --live"]),
    ("bench speech", &["mien bench speech", "mien bench speech interview.wav"]),
    ("bench networks", &["mien bench networks --layers"]),
    ("bench power", &["mien bench power", "mien bench power interview.mp4", "mien bench power --data ckseq"]),
    ("bench frame", &["mien bench frame camera.nv21 --width 1280 --height 720"]),
    ("demo", &["mien demo", "mien demo --out shown"]),
    ("models list", &["mien models list", "mien models list --json"]),
    ("models verify", &["mien models verify", "mien models verify --models my-pack"]),
    (
        "models add",
        &["mien models add enet_b0_8.onnx", "mien models add mine.onnx --name mine --labels happy,sad,neutral"],
    ),
    ("models remove", &["mien models remove mine"]),
    ("labels", &["mien labels", "mien labels --pack enet_b0_8"]),
    ("config show", &["mien config show", "mien config show --json"]),
    ("config path", &["mien config path"]),
    (
        "completions",
        &[
            "mien completions bash >~/.local/share/bash-completion/completions/mien",
            "mien completions zsh >~/.zfunc/_mien",
            "mien completions fish >~/.config/fish/completions/mien.fish",
        ],
    ),
    ("man", &["mien man | man -l -", "mien man ~/.local/share/man/man1"]),
];
