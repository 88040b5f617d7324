import Foundation
import XCTest

@testable import Mien

/// Tests of the vault of a store's key, with a file instead of the Keychain.
final class VaultTests: XCTestCase {
    /// A store with its key beside it, and a value that identifies it.
    private struct Place {
        let folder: URL
        let keeper: FileKeeper

        init(_ test: XCTestCase) throws {
            let root = try Material.temporaryFolder(test)
            self.init(root)
        }

        init(_ root: URL) {
            folder = root.appendingPathComponent("store")
            keeper = FileKeeper(root.appendingPathComponent("keychain"))
        }

        func open(_ onLoss: KeyLoss = .refuse, _ keeper: (any KeyKeeper)? = nil) async throws -> EmotionEngine {
            let vault = KeyVault(folder: folder, keeper: keeper ?? self.keeper, onLoss: onLoss)
            return try await EmotionEngine.create(store: StoreLocation(vault: vault))
        }

        /// Creates the store with the value that ``holds(_:)`` reads.
        func fill(_ value: UInt8, _ onLoss: KeyLoss = .refuse) async throws {
            let engine = try await open(onLoss)
            try await engine.setSetting("value", value: Data([value]))
            engine.close()
        }

        /// Opens the store and returns the value of ``fill(_:_:)``; `nil` if there is none.
        func value(_ onLoss: KeyLoss = .refuse) async throws -> UInt8? {
            let engine = try await open(onLoss)
            defer { engine.close() }
            return try await engine.setting("value")?.first
        }

        var location: StoreLocation {
            StoreLocation(vault: KeyVault(folder: folder, keeper: keeper))
        }

        /// Returns the value of ``fill(_:_:)`` in the store file `name`, which `key` opens.
        func value(in name: String, _ key: StoreKey, _ test: XCTestCase) async throws -> UInt8? {
            let found = try Material.temporaryFolder(test)
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent(name), to: found.appendingPathComponent("users.mien"))
            return try await engine(found, key: key).setting("value")?.first
        }

        /// The names of the files in the folder, except the lock.
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "store.lock" }.sorted()
        }

        var keys: [StoreKey]? {
            get throws { try keeper.read().map(StoreKey.split) }
        }
    }

    func testAStoreIsEncryptedWithTheKeyThatTheVaultKeeps() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let keys = try XCTUnwrap(try place.keys)
        XCTAssertEqual(keys.count, 1)
        await assertThrows("wrongKey") { try await engine(place.folder) }
        await assertThrows("wrongKey") { try await engine(place.folder, key: .random()) }
        let opened = try await engine(place.folder, key: keys[0])
        XCTAssertFalse(opened.startedOver)
        XCTAssertEqual(opened.store?.folder, place.folder)
        XCTAssertEqual(opened.store?.key, keys[0])
        opened.close()
        let value = try await place.value()
        XCTAssertEqual(value, 7)
        XCTAssertEqual(try place.keys, keys)
    }

    func testWhatIsIntactOfADamagedStoreIsSalvaged() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let sound = try await EmotionEngine.salvage(place.location)
        XCTAssert(sound.isComplete && sound.keptAs == nil, "\(sound)")
        let file = place.folder.appendingPathComponent("users.mien")
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(0..<320, with: Data(count: 320))
        try bytes.write(to: file)
        await assertThrows("profileCorrupt") { try await place.open() }
        let wrong = StoreLocation(folder: place.folder, key: .random())
        await assertThrows("wrongKey") { try await EmotionEngine.salvage(wrong) }
        let report = try await EmotionEngine.salvage(place.location)
        XCTAssert(report.wasSearched && report.users.isEmpty && report.settings == 1, "\(report)")
        let kept = place.folder.appendingPathComponent(try XCTUnwrap(report.keptAs))
        XCTAssertEqual(try Data(contentsOf: kept), bytes)
        let value = try await place.value()
        XCTAssertEqual(value, 7)
        let engine = try await place.open()
        try await engine.eraseFreeSpace()
        engine.close()
        let nowhere = StoreLocation.unencrypted(folder: place.folder.appendingPathComponent("nowhere"))
        await assertThrows("invalidOption") { try await EmotionEngine.salvage(nowhere) }
    }

    func testTheFolderIsForThisUserAlone() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let attributes = try FileManager.default.attributesOfItem(atPath: place.folder.path)
        XCTAssertEqual(attributes[.posixPermissions] as? Int, 0o700)
        XCTAssertEqual(StoreLocation.unencrypted(folder: place.folder).folder, place.folder)
    }

    #if !canImport(Security)
    func testWithoutAKeychainNothingIsStoredInTheClear() async throws {
        let location = StoreLocation.application()
        defer { try? FileManager.default.removeItem(at: location.folder) }
        XCTAssertEqual(location.folder.lastPathComponent, "Mien")
        await assertThrows("storage", "Keychain") { try await EmotionEngine.create() }
        XCTAssertFalse(
            FileManager.default.fileExists(atPath: location.folder.appendingPathComponent("users.mien").path))
        let keychain = Keychain("store")
        for call in [{ _ = try keychain.read() }, { _ = try keychain.add(Data()) }, { try keychain.remove() }] {
            XCTAssertThrowsError(try call()) { XCTAssertEqual(kind($0), "storage") }
        }
    }
    #endif

    func testFirstStartsAtOnceMakeOneKey() async throws {
        for round in 0..<12 {
            let place = try Place(self)
            let opened = await withTaskGroup(of: String.self) { group in
                for index in 0..<4 {
                    group.addTask {
                        do {
                            let engine = try await place.open(index.isMultiple(of: 2) ? .refuse : .startOver)
                            defer { engine.close() }
                            try await engine.setSetting("value", value: Data([UInt8(round)]))
                            return engine.startedOver ? "started over" : "opened"
                        } catch {
                            return kind(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // Calls that came while another had the store open got this error.
            XCTAssert(opened.contains("opened"), "\(opened)")
            XCTAssertEqual(Set(opened).subtracting(["opened", "storage"]), [], "\(opened)")
            XCTAssertEqual(try place.keys?.count, 1)
            XCTAssertEqual(try place.names(), ["users.mien"])
            let value = try await place.value()
            XCTAssertEqual(value, UInt8(round))
        }
    }

    func testStoresThatAreBegunAtOnceUnderOneNameAgreeOnTheKey() async throws {
        for _ in 0..<50 {
            let keeper = FileKeeper(try Material.temporaryFolder(self).appendingPathComponent("keychain"))
            let keys = try await withThrowingTaskGroup(of: StoreKey.self) { group in
                for _ in 0..<8 { group.addTask { try KeyVault(folder: keeper.file, keeper: keeper).fresh() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            XCTAssertEqual(Set(keys.map(\.secretBytes)).count, 1)
            XCTAssertEqual(try keeper.read(), keys[0].secretBytes)
        }
    }

    func testAKeyThatIsLostIsToldAndNothingIsChanged() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let key = try XCTUnwrap(try place.keeper.read())
        try place.keeper.remove()
        for _ in 0..<2 { await assertThrows("wrongKey", "lost") { try await place.open() } }
        XCTAssertNil(try place.keeper.read())
        XCTAssertEqual(try place.names(), ["users.mien"])
        // A lost key may come back.
        try place.keeper.replace(key)
        let value = try await place.value()
        XCTAssertEqual(value, 7)
    }

    func testStartingOverSetsTheOldStoreAside() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let key = try XCTUnwrap(try place.keys?.first)
        try place.keeper.remove()
        let engine = try await place.open(.startOver)
        XCTAssert(engine.startedOver)
        let empty = try await engine.setting("value")
        XCTAssertNil(empty)
        try await engine.setSetting("value", value: Data([8]))
        engine.close()
        let next = try await place.open(.startOver)
        XCTAssertFalse(next.startedOver)
        next.close()

        // A second loss keeps the first store.
        let second = try XCTUnwrap(try place.keys?.first)
        try place.keeper.remove()
        try await place.fill(9, .startOver)
        XCTAssertEqual(try place.names(), ["users.mien", "users.mien.lost-1", "users.mien.lost-2"])
        let value = try await place.value()
        XCTAssertEqual(value, 9)

        // If a key is found again, its store opens again.
        let old = try await place.value(in: "users.mien.lost-1", key, self)
        let newer = try await place.value(in: "users.mien.lost-2", second, self)
        XCTAssertEqual([old, newer], [7, 8])
        let lost = try place.location.lostStores()
        XCTAssertEqual(lost.map(\.lastPathComponent), ["users.mien.lost-1", "users.mien.lost-2"])
        try place.location.deleteLostStores()
        XCTAssertEqual(try place.names(), ["users.mien"])
        XCTAssertEqual(try place.location.lostStores(), [])
    }

    func testAKeyOfAnotherStoreOrNoKeyIsALossToo() async throws {
        for kept in [StoreKey.random().secretBytes, Data(), Data(repeating: 1, count: 31)] {
            let place = try Place(self)
            try await place.fill(7)
            let key = try XCTUnwrap(try place.keys?.first)
            try place.keeper.replace(kept)
            await assertThrows("wrongKey", "lost") { try await place.open() }
            XCTAssertEqual(try place.keeper.read(), kept)
            let engine = try await place.open(.startOver)
            XCTAssert(engine.startedOver)
            engine.close()
            let empty = try await place.value()
            let old = try await place.value(in: "users.mien.lost-1", key, self)
            XCTAssertEqual([empty, old], [nil, 7])
            XCTAssertEqual(try place.keys?.count, 1)
        }
    }

    func testAKeeperThatFailsForAMomentIsAskedAgain() async throws {
        let place = try Place(self)
        let keeper = UnsteadyKeeper(place.keeper, failing: 2)
        let engine = try await place.open(.startOver, keeper)
        try await engine.setSetting("value", value: Data([7]))
        engine.close()
        keeper.failures = 2
        let again = try await place.open(.startOver, keeper)
        XCTAssertFalse(again.startedOver)
        let value = try await again.setting("value")
        XCTAssertEqual(value, Data([7]))
        XCTAssertEqual(try place.keys?.count, 1)
    }

    func testAKeeperThatFailsOnIsNoLoss() async throws {
        let place = try Place(self)
        let keeper = UnsteadyKeeper(place.keeper, failing: .max)
        for onLoss in KeyLoss.allCases {
            await assertThrows("storage", "try again") { try await place.open(onLoss, keeper) }
        }
        XCTAssertEqual(try place.names(), [])
        try await place.fill(7)
        let key = try place.keeper.read()
        for onLoss in KeyLoss.allCases {
            await assertThrows("storage", "try again") { try await place.open(onLoss, keeper) }
        }
        XCTAssertEqual(try place.names(), ["users.mien"])
        XCTAssertEqual(try place.keeper.read(), key)
        let value = try await place.value()
        XCTAssertEqual(value, 7)
    }

    func testAKeeperThatForgetsAtOnceGetsNoStore() async throws {
        let place = try Place(self)
        await assertThrows("storage", "try again") { try await place.open(.startOver, ForgetfulKeeper()) }
        XCTAssertEqual(try place.names(), [])
    }

    func testAStoreThatIsNotEncryptedIsWhenAVaultOpensIt() async throws {
        for kept in [nil, StoreKey.random().secretBytes, Data(count: 5)] {
            for onLoss in KeyLoss.allCases {
                let place = try Place(self)
                let plain = try await engine(place.folder)
                try await plain.setSetting("value", value: Data([7]))
                plain.close()
                if let kept { try place.keeper.replace(kept) }
                let value = try await place.value(onLoss)
                XCTAssertEqual(value, 7)
                XCTAssertEqual(try place.names(), ["users.mien"])
                await assertThrows("wrongKey") { try await engine(place.folder) }
                let again = try await place.value()
                XCTAssertEqual(again, 7)
            }
        }
    }

    func testAChangedKeyIsTheOneThatIsKept() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let engine = try await place.open()
        let key = StoreKey.random()
        try await engine.changeStoreKey(key)
        engine.close()
        XCTAssertEqual(try place.keys, [key])
        let value = try await place.value()
        XCTAssertEqual(value, 7)
    }

    func testAStoreThatIsDecryptedLeavesNoKey() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let engine = try await place.open()
        try await engine.changeStoreKey(nil)
        engine.close()
        XCTAssertNil(try place.keeper.read())
        let plain = try await EmotionEngine.create(store: .unencrypted(folder: place.folder))
        let value = try await plain.setting("value")
        XCTAssertEqual(value, Data([7]))
        plain.close()
        let again = try await place.value()
        XCTAssertEqual(again, 7)
        XCTAssertEqual(try place.keys?.count, 1)
    }

    func testKeysThatAreChangedAtOnceLeaveAStoreThatOpens() async throws {
        let place = try Place(self)
        try await place.fill(7)
        let engine = try await place.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await engine.changeStoreKey(.random()) } }
            try await group.waitForAll()
        }
        engine.close()
        XCTAssertEqual(try place.keys?.count, 1)
        let value = try await place.value()
        XCTAssertEqual(value, 7)
    }

    /// The disk before and after each step of the keeper, as a crash would leave it.
    func testACrashAtAnyStepLeavesAStoreThatOpens() async throws {
        let place = try Place(self)
        let plain = try await engine(place.folder)
        try await plain.setSetting("value", value: Data([7]))
        plain.close()
        let crashes = try Material.temporaryFolder(self)
        let keeper = PhotographedKeeper(place.keeper, of: place.folder.deletingLastPathComponent(), to: crashes)
        // A first start with an unencrypted store, another key, none, and a key again.
        let opened = try await place.open(.refuse, keeper)
        try await opened.changeStoreKey(.random())
        try await opened.changeStoreKey(nil)
        try await opened.changeStoreKey(.random())
        opened.close()
        let states = try FileManager.default.contentsOfDirectory(at: crashes, includingPropertiesForKeys: nil)
        XCTAssertGreaterThan(states.count, 20)
        for state in states {
            for onLoss in KeyLoss.allCases {
                let value = try await Place(state).value(onLoss)
                XCTAssertEqual(value, 7, "\(state.lastPathComponent)")
            }
            XCTAssertEqual(try Place(state).keys?.count, 1)
        }
    }

    /// A keeper that fails from a step on, before or after the step, then a restart with a working one.
    func testAKeeperThatFailsDuringAChangeLosesNothing() async throws {
        for isAfter in [false, true] {
            for steps in 0..<8 {
                let place = try Place(self)
                try await place.fill(7)
                let keeper = UnsteadyKeeper(place.keeper, failing: 0)
                let engine = try await place.open(.refuse, keeper)
                (keeper.stepsBefore, keeper.failures, keeper.isAfter) = (steps, .max, isAfter)
                do { try await engine.changeStoreKey(.random()) } catch { XCTAssertEqual(kind(error), "storage") }
                engine.close()
                let value = try await place.value()
                XCTAssertEqual(value, 7, "\(steps) steps, \(isAfter)")
                XCTAssertEqual(try place.keys?.count, 1)
            }
        }
    }
}

/// Keeps bytes in a file, like an entry of the Keychain.
struct FileKeeper: KeyKeeper {
    let file: URL

    init(_ file: URL) {
        self.file = file
    }

    func read() throws -> Data? {
        FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    }

    func add(_ bytes: Data) throws -> Bool {
        let beside = try written(bytes)
        defer { unlink(beside) }
        if link(beside, file.path) == 0 { return true }
        guard errno == EEXIST else { throw POSIXError(.EIO) }
        return false
    }

    func replace(_ bytes: Data) throws {
        guard rename(try written(bytes), file.path) == 0 else { throw POSIXError(.EIO) }
    }

    func remove() throws {
        guard unlink(file.path) == 0 || errno == ENOENT else { throw POSIXError(.EIO) }
    }

    private func written(_ bytes: Data) throws -> String {
        let beside = file.deletingLastPathComponent().appendingPathComponent(UUID().uuidString)
        try bytes.write(to: beside)
        return beside.path
    }
}

/// Throws the error of a keeper that does not work now.
private final class UnsteadyKeeper: KeyKeeper, @unchecked Sendable {
    private let keeper: FileKeeper
    /// Steps that still work.
    var stepsBefore = 0
    /// Steps after them that fail.
    var failures: Int
    /// Whether a step fails after it is done.
    var isAfter = false

    init(_ keeper: FileKeeper, failing failures: Int) {
        (self.keeper, self.failures) = (keeper, failures)
    }

    func read() throws -> Data? { try step { try keeper.read() } }
    func add(_ bytes: Data) throws -> Bool { try step { try keeper.add(bytes) } }
    func replace(_ bytes: Data) throws { try step { try keeper.replace(bytes) } }
    func remove() throws { try step { try keeper.remove() } }

    private func step<Value>(_ work: () throws -> Value) throws -> Value {
        if stepsBefore > 0 {
            stepsBefore -= 1
        } else if failures > 0 {
            failures -= 1
            if isAfter { _ = try work() }
            throw POSIXError(.EBUSY)
        }
        return try work()
    }
}

/// Claims to keep bytes that it does not keep.
private struct ForgetfulKeeper: KeyKeeper {
    func read() -> Data? { nil }
    func add(_ bytes: Data) -> Bool { true }
    func replace(_ bytes: Data) {}
    func remove() {}
}

/// Copies a folder before and after each step.
private final class PhotographedKeeper: KeyKeeper, @unchecked Sendable {
    private let keeper: FileKeeper
    private let folder: URL
    private let album: URL
    private var count = 0

    init(_ keeper: FileKeeper, of folder: URL, to album: URL) {
        (self.keeper, self.folder, self.album) = (keeper, folder, album)
    }

    func read() throws -> Data? { try step { try keeper.read() } }
    func add(_ bytes: Data) throws -> Bool { try step { try keeper.add(bytes) } }
    func replace(_ bytes: Data) throws { try step { try keeper.replace(bytes) } }
    func remove() throws { try step { try keeper.remove() } }

    private func step<Value>(_ work: () throws -> Value) throws -> Value {
        try photograph()
        let value = try work()
        try photograph()
        return value
    }

    private func photograph() throws {
        count += 1
        try FileManager.default.copyItem(at: folder, to: album.appendingPathComponent("\(count)"))
    }
}
