package androidx.test.runner.intent;

/** Answers intents instead of other applications. */
public interface IntentStubber {}
