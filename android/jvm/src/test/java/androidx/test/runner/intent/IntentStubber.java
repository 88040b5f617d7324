package androidx.test.runner.intent;

/** Answers intents in the place of other applications. */
public interface IntentStubber {}
