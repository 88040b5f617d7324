import Foundation

/// What happens to a microphone.
enum MicrophoneEvent: Equatable {
    /// The application starts it.
    case started
    /// A call, or another application, takes it.
    case interrupted
    /// It is given back.
    case returned
    /// Its device or format is another one.
    case changed
    /// It failed, or its sound was refused.
    case failed(MienError)
    /// The application closes it.
    case closed
}

/// What a microphone source does with an event: the rules, without a microphone.
struct MicrophoneState {
    /// An action for whoever holds the microphone.
    enum Step: Equatable {
        case open
        case stop
        case tell(interrupted: Bool)
        case fail(MienError)
    }

    private enum Phase {
        case idle, recording, paused
    }

    private var phase = Phase.idle

    /// Returns what is to be done after an event, in order.
    mutating func steps(after event: MicrophoneEvent) -> [Step] {
        switch (phase, event) {
        case (.idle, .started):
            phase = .recording
            return [.open]
        case (.recording, .interrupted):
            phase = .paused
            return [.stop, .tell(interrupted: true)]
        case (.paused, .returned):
            phase = .recording
            return [.open, .tell(interrupted: false)]
        case (.recording, .changed):
            return [.stop, .open]
        case (.recording, .failed(let error)):
            phase = .idle
            return [.stop, .fail(error)]
        case (.paused, .failed(let error)):
            phase = .idle
            return [.fail(error)]
        case (.recording, .closed):
            phase = .idle
            return [.stop]
        case (.paused, .closed):
            phase = .idle
            return []
        case (.idle, _), (.recording, _), (.paused, _):
            return []
        }
    }
}

/// Opens and stops a microphone as ``MicrophoneState`` says, one event at a time, and passes its sound on.
final class MicrophoneControl: @unchecked Sendable {
    private let lock = NSLock()
    private var state = MicrophoneState()
    private let open: (MicrophoneControl) throws -> Void

    private let stop: () -> Void
    private let interrupted: (@Sendable (Bool) -> Void)?
    private let failed: (@Sendable (MienError) -> Void)?
    /// Runs work later: a microphone may not be stopped by the call that brings its sound.
    private let later: (@escaping @Sendable () -> Void) -> Void
    /// Guards `passes` alone: while the microphone is stopped, a call that brings sound may be at work.
    private let gate = NSLock()
    private var passes = false

    init(
        open: @escaping (MicrophoneControl) throws -> Void, stop: @escaping () -> Void,
        interrupted: (@Sendable (Bool) -> Void)?, failed: (@Sendable (MienError) -> Void)?,
        later: @escaping (@escaping @Sendable () -> Void) -> Void
    ) {
        (self.open, self.stop, self.interrupted, self.failed, self.later) = (open, stop, interrupted, failed, later)
    }

    /// Starts to record.
    ///
    /// - Throws: the error that kept the microphone from opening; it can be started again.
    func start() throws(MienError) {
        do {
            try lock.withLock {
                do {
                    for step in state.steps(after: .started) where step == .open { try opened() }
                } catch {
                    _ = state.steps(after: .closed)
                    throw error
                }
            }
        } catch {
            throw MienError(of: error)
        }
    }

    /// Stops to record.
    func close() { handle(.closed) }

    /// Handles an event soon, on another thread.
    func handleLater(_ event: MicrophoneEvent) {
        later { [weak self] in self?.handle(event) }
    }

    /// Handles an event, and then calls the application.
    func handle(_ event: MicrophoneEvent) {
        for step in lock.withLock({ said(after: event) }) {
            switch step {
            case .tell(let isInterrupted): interrupted?(isInterrupted)
            case .fail(let error): failed?(error)
            case .open, .stop: break
            }
        }
    }

    /// Passes sound on by `work` while the microphone records; an error ends the recording.
    func pass(_ work: () throws -> Void) {
        guard gate.withLock({ passes }) else { return }
        do {
            try work()
        } catch {
            // Only the first error counts.
            guard gate.withLock({ passes.exchange(false) }) else { return }
            handleLater(.failed(MienError(of: error)))
        }
    }

    /// Does what is to be done after an event, and returns what the application is to hear.
    private func said(after event: MicrophoneEvent) -> [MicrophoneState.Step] {
        var said: [MicrophoneState.Step] = []
        for step in state.steps(after: event) {
            switch step {
            case .open:
                do { try opened() } catch { return self.said(after: .failed(MienError(of: error))) }
            case .stop:
                gate.withLock { passes = false }
                stop()
            case .tell, .fail:
                said.append(step)
            }
        }
        return said
    }

    private func opened() throws {
        gate.withLock { passes = true }
        do {
            try open(self)
        } catch {
            gate.withLock { passes = false }
            throw error
        }
    }
}

extension Bool {
    /// Sets a value and returns the one before.
    fileprivate mutating func exchange(_ value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}

extension MienError {
    /// An error of the microphone or its sound.
    fileprivate init(of error: any Error) {
        self =
            (error as? MienError)
            ?? MienError(.internal, "the microphone cannot be used", details: error.localizedDescription)
    }
}
