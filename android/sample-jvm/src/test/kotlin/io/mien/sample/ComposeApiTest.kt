package io.mien.sample

import io.mien.ApiDumps
import io.mien.compose.FaceBox
import org.junit.jupiter.api.Test

class ComposeApiTest {
    @Test
    fun `the public API of mien-compose changes only with its dump`() {
        ApiDumps.check("mien-compose", ApiDumps.of(FaceBox::class.java).getValue("io/mien/compose"))
    }
}
